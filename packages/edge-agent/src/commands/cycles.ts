/**
 * A whole measurement from its start to its files. Each step says what it does, each can be ended, and nothing on the card is ever overwritten:
 * a store name that exists is skipped, and where none is free nothing is started.
 */
import { formatMeterClock, meterClockFromNaiveMs, runStateOf } from '@slmm/protocol';
import { z } from 'zod';
import type { ListedEntry } from '../card/list-line.ts';
import type { CardPlace, Transferred } from '../card/card-transfers.ts';
import { ftpOn, patient, pause, withFtp, withoutStream } from './card-place.ts';
import { measure } from './measurement.ts';
import {
  ask,
  failure,
  operation,
  type Operation,
  type OperationContext,
  type OperationResult,
  send,
  WRONG_STATE,
} from './operation.ts';

/** Names tried for a free one; each costs two exchanges of a second. */
const MAX_NAMES = 60;
const NAMES = 10_000;
/** Where a meter keeps its measurements. */
const MEASUREMENTS = '/NL-43';
const START_STEPS = 4;
const STOP_STEPS = 5;

const ended = (context: OperationContext, next: string): OperationResult<never> | null =>
  context.signal.aborted ? failure('failed', `It was ended by command before: ${next}.`) : null;

export const CYCLE_OPERATIONS: readonly Operation[] = [
  operation(
    'cycle-start',
    { sync_clock: z.boolean().default(true) },
    async ({ sync_clock }, hurried): Promise<OperationResult> => {
      const context = patient(hurried);
      context.progress('asking whether it measures', 0, START_STEPS);
      const state = await ask('Measure', context);
      if (!state.ok) return state;
      if (runStateOf(state.result) !== 'Stop')
        return failure('failed', 'Nothing was started: the meter is measuring already. Stop it first.', WRONG_STATE);
      const clock = sync_clock ? await syncClock(context) : null;
      if (clock !== null && !clock.ok) return clock;
      const name = await freeName(context);
      if (!name.ok) return name;
      const over = ended(context, 'starting');
      if (over !== null) return over;
      context.progress('starting', 3, START_STEPS);
      const started = await measure('Start', context);
      if (!started.ok) return started;
      context.progress('measuring', START_STEPS, START_STEPS);
      return {
        ok: true,
        result: { clock_synced: clock !== null, clock: clock?.result ?? null, ...name.result, started: true },
      };
    },
  ),
  operation('cycle-stop', { download: z.boolean().default(true) }, async ({ download }, hurried): Promise<OperationResult> => {
    const context = patient(hurried);
    context.progress('stopping', 0, STOP_STEPS);
    const stopped = await endMeasuring(context);
    if (!stopped.ok) return stopped;
    return withoutStream(context, () => fetchMeasured(context, download));
  }),
];

/** FTP anew, and with it the folder that was measured. */
async function fetchMeasured(context: OperationContext, download: boolean): Promise<OperationResult> {
  const renewed = await renewFtp(context);
  if (!renewed.ok) return renewed;
  if (!download) return { ok: true, result: { stopped: true, ftp_on: true, folder: null, file: null } };
  const over = ended(context, 'fetching the files; they are on the card');
  if (over !== null) return over;
  context.progress('looking for the newest folder', 4, STOP_STEPS);
  const fetched = await withFtp(context, (place) => newestFolder(place, context));
  return fetched.ok ? { ok: true, result: { stopped: true, ftp_on: true, ...fetched.result } } : fetched;
}

async function syncClock(context: OperationContext): Promise<OperationResult<string>> {
  context.progress('setting the clock', 1, START_STEPS);
  // The meter keeps a wall time without a zone, so its present offset in whole quarters of an hour is kept and only the error is taken away.
  const zoneMs = Math.round((context.desk.clockOffsetS ?? 0) / 900) * 900_000;
  const text = formatMeterClock(meterClockFromNaiveMs(context.desk.nowMs() + zoneMs));
  const sent = await send('Clock', text, context);
  return sent.ok ? { ok: true, result: text } : { ok: false, error: sent.error };
}

type FreeName = OperationResult<{ old_index: number; new_index: number; attempts: number }>;

const nameOf = (index: number): string => String(index).padStart(4, '0');

/** Goes from the present store name on to the first that does not exist on the card, round over 9999. Without one, the meter keeps the name it had. */
async function freeName(context: OperationContext): Promise<FreeName> {
  const present = await ask('Store Name', context);
  if (!present.ok) return { ok: false, error: present.error };
  const old = Number(present.result);
  const giveUp = async (why: FreeName, attempts: number): Promise<FreeName> => {
    if (attempts > 1) await send('Store Name', present.result, context);
    return why;
  };
  for (let attempts = 1; attempts <= MAX_NAMES; attempts += 1) {
    const over = ended(context, 'finding a store name');
    if (over !== null) return giveUp(over, attempts);
    const index = (old + attempts - 1) % NAMES;
    context.progress(`looking whether store name ${nameOf(index)} is free`, 2, START_STEPS);
    if (attempts > 1) {
      const named = await send('Store Name', nameOf(index), context);
      if (!named.ok) return giveUp({ ok: false, error: named.error }, attempts);
    }
    const exists = await ask('Overwrite', context);
    if (!exists.ok) return giveUp({ ok: false, error: exists.error }, attempts);
    if (exists.result === 'None') return { ok: true, result: { old_index: old, new_index: index, attempts } };
  }
  const why = `Nothing was started: ${MAX_NAMES} store names from ${present.result} on exist on the card. Choose a free one.`;
  return giveUp(failure('failed', why), MAX_NAMES);
}

/** Stops; a meter that has stopped already is as wanted. */
async function endMeasuring(context: OperationContext): Promise<OperationResult> {
  const state = await ask('Measure', context);
  if (!state.ok) return state;
  return runStateOf(state.result) === 'Stop' ? state : measure('Stop', context);
}

/** FTP off, a rest, on: a session begun too close to other commands has been seen to fail. */
async function renewFtp(context: OperationContext): Promise<OperationResult> {
  context.progress('switching FTP off', 1, STOP_STEPS);
  const off = await send('FTP', 'Off', context);
  if (!off.ok) return off;
  context.progress('letting the meter rest', 2, STOP_STEPS);
  await pause(context.ftpRestMs, context);
  context.progress('switching FTP on', 3, STOP_STEPS);
  return ftpOn(context);
}

async function newestFolder(
  place: CardPlace,
  { transfers, progress, signal }: OperationContext,
): Promise<{ folder: string | null; file: Transferred | null }> {
  const entries = (await transfers?.list(place, MEASUREMENTS)) ?? [];
  const newest = entries
    .filter((entry) => entry.isFolder && /^(Auto|Manual)_\d{4}$/.test(entry.name))
    .reduce<ListedEntry | null>((best, entry) => (best === null || later(entry, best) ? entry : best), null);
  if (newest === null || transfers === null) return { folder: null, file: null };
  return { folder: newest.name, file: await transfers.folder(place, `${MEASUREMENTS}/${newest.name}`, progress, signal) };
}

function later(a: ListedEntry, b: ListedEntry): boolean {
  const [aMs, bMs] = [a.modifiedNaiveMs ?? 0, b.modifiedNaiveMs ?? 0];
  return aMs === bMs ? a.name > b.name : aMs > bMs;
}
