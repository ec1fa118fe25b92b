/** The way to the card of a unit's meter: FTP switched on where it is off, and off again afterwards. */
import { CardFault } from '../card/card-session.ts';
import type { CardPlace } from '../card/card-transfers.ts';
import { ask, failure, type OperationContext, type OperationResult, send } from './operation.ts';

const POLLS = 8;
/** Given to the meter between switching FTP and using it. */
const SETTLE_MS = 2000;
const EXCHANGE_MS = 30_000;
const ENDED = 'It was ended by command.';

/** A context in which every exchange has its own time: an operation of minutes is made of many. */
export function patient(context: OperationContext): OperationContext {
  return {
    ...context,
    get giveUpAtMs() {
      return context.clock.monotonicMs() + EXCHANGE_MS;
    },
  };
}

export function pause(ms: number, { clock, signal }: OperationContext): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    signal.addEventListener('abort', finish, { once: true });
  });
}

/** Where the card is; a failure in words where FTP is not configured. */
export function cardPlace({ desk, transfers }: OperationContext): OperationResult<CardPlace> {
  const address = desk.card;
  if (transfers === null) return failure('failed', 'This agent was started without a place for files.');
  if (address === null) return failure('disabled', 'FTP is switched off for this unit in the configuration.');
  return { ok: true, result: { address, nowNaiveMs: desk.nowMs() + (desk.clockOffsetS ?? 0) * 1000 } };
}

/** Switches FTP on and waits until the meter says so. */
export async function ftpOn(context: OperationContext): Promise<OperationResult> {
  const sent = await send('FTP', 'On', context);
  if (!sent.ok) return sent;
  for (let polls = 0; polls < POLLS; polls += 1) {
    const state = await ask('FTP', context);
    if (!state.ok) return state;
    if (state.result === 'On') {
      await pause(SETTLE_MS, context);
      return state;
    }
  }
  return failure('failed', 'The meter took FTP,On and still says Off.');
}

/** Runs `use` while no stream runs, and not before a stream that has just started is forgotten. */
export async function withoutStream<T>(context: OperationContext, use: () => Promise<T>): Promise<T> {
  const hold = context.desk.holdStream();
  try {
    if (hold.restMs > 0) {
      context.progress('letting the meter rest from its stream before FTP', 0, 1);
      await pause(hold.restMs, context);
    }
    return await use();
  } finally {
    hold.release();
  }
}

/** Runs `use` with FTP on. A meter whose control port is dead may still give its files, so that is tried all the same. */
export function withFtp<T>(context: OperationContext, use: (place: CardPlace) => Promise<T>): Promise<OperationResult<T>> {
  const place = cardPlace(context);
  if (!place.ok) return Promise.resolve(place);
  return withoutStream(context, async () => {
    const before = await ask('FTP', context);
    if (before.ok && before.result === 'Off') {
      await context.desk.oweFtp('Off');
      const on = await ftpOn(context);
      if (!on.ok) return { ok: false, error: on.error };
    }
    try {
      return await readingCard(context, () => use(place.result));
    } finally {
      if (before.ok && before.result === 'Off') await send('FTP', 'Off', context);
    }
  });
}

/** {@link withFtp} for what brings a file to the hub: when its turn has come. */
export async function withTransfer<T>(
  context: OperationContext,
  use: (place: CardPlace) => Promise<T>,
): Promise<OperationResult<T>> {
  const { progress, signal, transfers } = context;
  const release = transfers === null ? null : await transfers.turn(progress, signal);
  if (release === null && signal.aborted) return failure('failed', ENDED);
  try {
    return await withFtp(context, use);
  } finally {
    release?.();
  }
}

async function readingCard<T>({ desk, signal }: OperationContext, use: () => Promise<T>): Promise<OperationResult<T>> {
  desk.note('FTP', 'INFO', 'the card is being read');
  try {
    const result = await use();
    desk.note('FTP', 'INFO', 'the card was read');
    return { ok: true, result };
  } catch (error) {
    desk.note('FTP', 'WARNING', `reading the card ended: ${error instanceof Error ? error.message : String(error)}`);
    if (error instanceof CardFault) return cardFailure(error);
    if (signal.aborted) return failure('failed', ENDED);
    throw error;
  }
}

function cardFailure(fault: CardFault): OperationResult<never> {
  const text = `The card: ${fault.message}.`;
  if (fault.code === 'not-found') return failure('bad-args', text);
  return failure(fault.code === 'timeout' ? 'timeout' : fault.code === 'unreachable' ? 'unreachable' : 'failed', text);
}
