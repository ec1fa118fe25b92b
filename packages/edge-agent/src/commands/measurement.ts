/** Starting, stopping, pausing and storing a measurement, and its results. */
import { decodeDod, runStateOf, type RunState } from '@slmm/protocol';
import {
  ask,
  failure,
  mapped,
  operation,
  type Operation,
  type OperationContext,
  type OperationResult,
  reading,
  send,
} from './operation.ts';

/** How often `Measure?` is asked until it says what was ordered; the meter takes a moment to begin. */
const CONFIRM_TRIES = 4;

/** Sends `Measure,<run>` and asks until the meter says the same. */
export async function measure(
  run: Exclude<RunState, 'unknown'>,
  context: OperationContext,
): Promise<OperationResult<{ run: RunState; confirmed: true }>> {
  context.progress(`Measure,${run}`, 0, 2);
  const sent = await send('Measure', run, context);
  if (!sent.ok) return sent;
  context.progress('Measure?', 1, 2);
  for (let tries = 0; tries < CONFIRM_TRIES; tries += 1) {
    const state = await ask('Measure', context);
    if (!state.ok) return state;
    if (runStateOf(state.result) === run) return { ok: true, result: { run, confirmed: true } };
  }
  return failure(
    'failed',
    `The meter took Measure,${run} (R+0000) but still says otherwise after ${CONFIRM_TRIES} questions. Look at the meter.`,
  );
}

const pause = (op: string, argument: 'On' | 'Off'): Operation =>
  operation(op, {}, async (_args, context) =>
    mapped(await send('Pause', argument, context), () => ({ paused: argument === 'On' })),
  );

export const MEASUREMENT_OPERATIONS: readonly Operation[] = [
  operation('measure-start', {}, (_args, context) => measure('Start', context)),
  operation('measure-stop', {}, (_args, context) => measure('Stop', context)),
  reading('measure-status', 'Measure', (value) => ({ run: runStateOf(value) })),
  pause('measure-pause', 'On'),
  pause('measure-resume', 'Off'),
  reading('measure-pause-status', 'Pause', (value) => ({ paused: value === 'On' })),
  operation('measure-reset', {}, async (_args, context) => mapped(await send('Reset', '', context), () => ({ reset: true }))),
  operation('manual-store', {}, async (_args, context) =>
    mapped(await send('Manual Store', 'Start', context), () => ({ stored: true })),
  ),
  operation('results-get', {}, async (_args, context) => {
    const answer = await ask('DLC', context);
    if (!answer.ok) return answer;
    const reading = decodeDod(answer.result, { octave: true });
    if (reading.kind === 'failure') return failure('garbled', `DLC?: ${reading.detail}.`);
    return { ok: true, result: { channels: reading.channels, raw: reading.raw } };
  }),
];
