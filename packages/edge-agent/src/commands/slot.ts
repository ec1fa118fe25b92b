/** Giving the meter's slot away and taking it again. */
import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import { failure, operation, type Operation } from './operation.ts';

const DISCONNECT_S = 10;
const LONGEST_YIELD_MIN = 24 * 60;

export const SLOT_OPERATIONS: readonly Operation[] = [
  // The socket is closed properly and opened again by itself after a moment.
  operation('slot-disconnect', { seconds: z.number().min(1).max(3600).default(DISCONNECT_S) }, async ({ seconds }, { desk }) => {
    const untilMs = desk.nowMs() + seconds * 1000;
    await desk.changeHold({ lentUntilMs: untilMs });
    return { ok: true, result: { until: toInstant(untilMs) } };
  }),
  operation('slot-yield', { minutes: z.number().min(0).max(LONGEST_YIELD_MIN) }, async ({ minutes }, { desk }) => {
    const released = desk.isHeld;
    await desk.changeHold({ lentUntilMs: desk.nowMs() + Math.max(DISCONNECT_S * 1000, Math.round(minutes * 60_000)) });
    return { ok: true, result: { released } };
  }),
  operation('yield', { minutes: z.number().positive().max(LONGEST_YIELD_MIN) }, async ({ minutes }, { desk }) => {
    const untilMs = Math.round(desk.nowMs() + minutes * 60_000);
    await desk.changeHold({ lentUntilMs: untilMs });
    return { ok: true, result: { until: toInstant(untilMs) } };
  }),
  operation('deactivate', {}, async (_args, { desk }) => {
    await desk.changeHold({ deactivated: true });
    return { ok: true, result: { active: false } };
  }),
  operation('activate', {}, async (_args, { desk }) => {
    await desk.claim();
    if (desk.isHeld) return { ok: true, result: { active: true } };
    return failure('disabled', `The unit is activated, but its meter is still left alone: ${desk.state.reason ?? 'not held'}`);
  }),
];
