/** The meter's clock: a wall time without a zone, set only while nothing is measured. */
import { naiveMsOfMeterClock, parseMeterClock, runStateOf } from '@slmm/protocol';
import { argumentOf, ask, failure, operation, type Operation, reading, send, WRONG_STATE } from './operation.ts';

export const CLOCK_OPERATIONS: readonly Operation[] = [
  reading('clock-get', 'Clock', (value, desk) => {
    const clock = parseMeterClock(value);
    return {
      clock: value,
      offset_s: clock === null ? null : Math.round((naiveMsOfMeterClock(clock) + 500 - desk.nowMs()) / 1000),
    };
  }),
  operation('clock-set', { clock: argumentOf('Clock') }, async ({ clock }, context) => {
    const state = await ask('Measure', context);
    if (!state.ok) return state;
    if (runStateOf(state.result) !== 'Stop') {
      return failure(
        'failed',
        'The clock was not set: the meter is measuring, and its files would carry two times. Stop the measurement first.',
        WRONG_STATE,
      );
    }
    return send('Clock', clock, context);
  }),
];
