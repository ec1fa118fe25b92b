/**
 * A whole measurement from its start to its files. Each step says what it does, each can be ended, and nothing on the card is ever overwritten:
 * a store name that exists is skipped, and where none is free nothing is started.
 */
import { formatMeterClock, meterClockFromNaiveMs, naiveMsOfMeterClock, parseMeterClock, runStateOf } from '@slmm/protocol';
import { z } from 'zod';
import type { ListedEntry } from '../card/list-line.ts';
import type { CardPlace, Transferred } from '../card/card-transfers.ts';
import { ftpOn, patient, pause, withoutStream, withTransfer } from './card-place.ts';
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
const QUARTER_MS = 900_000;
/** Where a meter keeps its measurements. */
const MEASUREMENTS = '/NL-43';
const START_STEPS = 4;
const STOP_STEPS = 5;

/** No zone is further from UTC; a clock that is has lost its date. */
const FURTHEST_ZONE_MS = 14 * 3_600_000;
/** A machine that says less has no time of day yet, and none to give. */
const EDGE_KNOWS_FROM_MS = Date.UTC(2025, 0, 1);
/** The meter rests for a second before it takes a setting, and half a second makes of cut-off seconds rounded ones. */
const CLOCK_TAKEN_AFTER_MS = 1500;

const ended = (context: OperationContext, next: string): OperationResult<never> | null =>
  context.signal.aborted ? failure('failed', `It was ended by command before: ${next}.`) : null;

export const CYCLE_OPERATIONS: readonly Operation[] = [
  operation(
    'cycle-start',
    { sync_clock: z.boolean().default(true) },
    async ({ sync_clock }, hurried): Promise<OperationResult> => {
      const context = patient(hurried);
      context.progress('asking whether it measures', 0, START_STEPS);
      // Its clock first, so that nothing lies between the question whether it measures and the setting.
      const zone = sync_clock ? await zoneOf(context) : null;
      if (zone !== null && !zone.ok) return zone;
      const state = await ask('Measure', context);
      if (!state.ok) return state;
      if (runStateOf(state.result) !== 'Stop')
        return failure('failed', 'Nothing was started: the meter is measuring already. Stop it first.', WRONG_STATE);
      const clock = zone === null || zone.result === null ? null : await syncClock(zone.result, context);
      if (clock !== null && !clock.ok) return clock;
      const started = await startUnderFreeName(context);
      if (!started.ok) return started;
      context.progress('measuring', START_STEPS, START_STEPS);
      return {
        ok: true,
        result: { clock_synced: clock !== null, clock: clock?.result ?? null, ...started.result, started: true },
      };
    },
  ),
  operation('cycle-stop', { download: z.boolean().default(true) }, async ({ download }, hurried): Promise<OperationResult> => {
    const context = patient(hurried);
    context.progress('stopping', 0, STOP_STEPS);
    const stopped = await endMeasuring(context);
    if (!stopped.ok) return stopped;
    return withoutStream(context, () => fetchMeasured(context, stopped.result.storeName, download));
  }),
];

/** FTP anew, and with it the folder that was measured. */
async function fetchMeasured(context: OperationContext, storeName: string | null, download: boolean): Promise<OperationResult> {
  const renewed = await renewFtp(context);
  if (!renewed.ok) return renewed;
  const done = { stopped: true, ftp_on: true, store_name: storeName };
  if (!download) return { ok: true, result: { ...done, folder: null, file: null } };
  const over = ended(context, 'fetching the files; they are on the card');
  if (over !== null) return over;
  context.progress('looking for the folder that was measured', 4, STOP_STEPS);
  const fetched = await withTransfer(context, (place) => measuredFolder(place, storeName, context));
  return fetched.ok ? { ok: true, result: { ...done, ...fetched.result } } : fetched;
}

/**
 * The meter keeps a wall time without a zone, so its offset in whole quarters of an hour is kept and only the error is taken away; one that has lost its
 * date has no zone either, and gets UTC. Asked now: what is remembered may be of before somebody set it, or nothing yet. `null`: the edge itself does not know
 * what time it is, and the meter's clock is left alone.
 */
async function zoneOf(context: OperationContext): Promise<OperationResult<number | null>> {
  if (context.desk.nowMs() < EDGE_KNOWS_FROM_MS) {
    context.desk.note('SYNC', 'WARNING', "the edge has no time of day yet; the meter's clock is left as it is");
    return { ok: true, result: null };
  }
  const read = await ask('Clock', context);
  if (!read.ok) return { ok: false, error: read.error };
  const clock = parseMeterClock(read.result);
  const offsetMs = clock === null ? 0 : naiveMsOfMeterClock(clock) - context.desk.nowMs();
  if (Math.abs(offsetMs) <= FURTHEST_ZONE_MS) return { ok: true, result: Math.round(offsetMs / QUARTER_MS) * QUARTER_MS };
  context.desk.note('SYNC', 'WARNING', `the meter's clock says ${read.result}, which is no time of any zone; it gets UTC`);
  return { ok: true, result: 0 };
}

async function syncClock(zoneMs: number, context: OperationContext): Promise<OperationResult<string>> {
  const over = ended(context, 'setting the clock');
  if (over !== null) return over;
  context.progress('setting the clock', 1, START_STEPS);
  const text = formatMeterClock(meterClockFromNaiveMs(context.desk.nowMs() + zoneMs + CLOCK_TAKEN_AFTER_MS));
  const sent = await send('Clock', text, context);
  return sent.ok ? { ok: true, result: text } : { ok: false, error: sent.error };
}

interface FreeName {
  readonly old_index: number;
  readonly new_index: number;
  readonly attempts: number;
}

const nameOf = (index: number): string => String(index).padStart(4, '0');

/** Starts, confirmed, under a name that is not on the card. Where nothing was started, the meter keeps the name it had. */
async function startUnderFreeName(context: OperationContext): Promise<OperationResult<FreeName>> {
  const name = await freeName(context);
  if (!name.ok) return name;
  const over = ended(context, 'starting');
  context.progress('starting', 3, START_STEPS);
  const started = over ?? (await measure('Start', context));
  if (started.ok) return name;
  const { old_index, new_index } = name.result;
  // A start whose answer was lost may have been carried out; then the name belongs to a measurement.
  const isOff = over !== null || started.error.code === 'refused-by-meter';
  if (isOff && new_index !== old_index) await send('Store Name', nameOf(old_index), context);
  return { ok: false, error: started.error };
}

/** Goes from the present store name on to the first that does not exist on the card, round over 9999. Without one, the meter keeps the name it had. */
async function freeName(context: OperationContext): Promise<OperationResult<FreeName>> {
  const present = await ask('Store Name', context);
  if (!present.ok) return { ok: false, error: present.error };
  const old = Number(present.result);
  const giveUp = async (why: OperationResult<FreeName>, attempts: number): Promise<OperationResult<FreeName>> => {
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

/** Stops; a meter that has stopped already is as wanted. Gives the store name of what was measured until now, where that is known. */
async function endMeasuring(context: OperationContext): Promise<OperationResult<{ storeName: string | null }>> {
  const state = await ask('Measure', context);
  if (!state.ok) return { ok: false, error: state.error };
  if (runStateOf(state.result) === 'Stop') return { ok: true, result: { storeName: null } };
  // Before the stop: some meters may go on to the next name with it.
  const name = await ask('Store Name', context);
  const over = ended(context, 'stopping');
  if (over !== null) return over;
  const stopped = await measure('Stop', context);
  return stopped.ok ? { ok: true, result: { storeName: name.ok ? name.result : null } } : stopped;
}

/** FTP off, a rest, on: a session begun too close to other commands has been seen to fail. */
async function renewFtp(context: OperationContext): Promise<OperationResult> {
  context.progress('switching FTP off', 1, STOP_STEPS);
  await context.desk.oweFtp('On');
  const off = await send('FTP', 'Off', context);
  if (!off.ok) return off;
  context.progress('letting the meter rest', 2, STOP_STEPS);
  await pause(context.ftpRestMs, context);
  context.progress('switching FTP on', 3, STOP_STEPS);
  return ftpOn(context);
}

/** The newest folder of the store name that was measured; where that is not known, or has none, the newest of all. */
async function measuredFolder(
  place: CardPlace,
  storeName: string | null,
  { transfers, progress, signal }: OperationContext,
): Promise<{ folder: string | null; file: Transferred | null }> {
  const entries = (await transfers?.list(place, MEASUREMENTS)) ?? [];
  const all = entries.filter((entry) => entry.isFolder && /^(Auto|Manual)_\d{4}$/.test(entry.name));
  const own = all.filter((entry) => storeName !== null && entry.name.endsWith(`_${storeName}`));
  const folder = (own.length > 0 ? own : all).reduce<ListedEntry | null>(
    (best, entry) => (best === null || later(entry, best) ? entry : best),
    null,
  );
  if (folder === null || transfers === null) return { folder: null, file: null };
  return { folder: folder.name, file: await transfers.folder(place, `${MEASUREMENTS}/${folder.name}`, progress, signal) };
}

function later(a: ListedEntry, b: ListedEntry): boolean {
  const [aMs, bMs] = [a.modifiedNaiveMs ?? 0, b.modifiedNaiveMs ?? 0];
  return aMs === bMs ? a.name > b.name : aMs > bMs;
}
