/** What the agent knows of the way to a meter: its log, the settings as read, what led to the present state; and the relay as the last resort. */
import { runStateOf } from '@slmm/protocol';
import { z } from 'zod';
import { LOG_CATEGORIES, LOG_LEVELS } from '../diagnosis/device-log.ts';
import { ask, failure, operation, type Operation, type OperationContext } from './operation.ts';

const MAX_LINES = 300;
/** A diagnosis waits no longer than this for the meter itself. */
const QUESTION_MS = 8000;

export const DIAGNOSIS_OPERATIONS: readonly Operation[] = [
  operation(
    'device-log',
    {
      level: z.enum(LOG_LEVELS).default('DEBUG'),
      category: z.enum(LOG_CATEGORIES).nullable().default(null),
      limit: z.int().min(1).max(MAX_LINES).default(100),
    },
    ({ level, category, limit }, { desk }) =>
      Promise.resolve({ ok: true, result: { lines: desk.logLines(level, category, limit) } }),
  ),
  operation('settings-get', {}, (_args, { desk }) => Promise.resolve({ ok: true, result: desk.settingsRead() })),
  // DOD now, whatever the pace; the frame also goes its usual way.
  operation('frame-get', {}, async (_args, context) => {
    const answer = await ask('DOD', context);
    return answer.ok ? { ok: true, result: { run: context.desk.run, raw: answer.result } } : answer;
  }),
  operation('diagnose', {}, async (_args, context) => {
    const { desk, progress } = context;
    progress('asking the meter', 0, 2);
    const meter = await askMeter(context);
    progress('looking at the FTP port', 1, 2);
    const ftpPort = await desk.look();
    const { state } = desk;
    return {
      ok: true,
      result: {
        state,
        held: desk.isHeld,
        meter,
        ftp_port: ftpPort,
        clock_offset_s: desk.clockOffsetS,
        settings: desk.settingsRead(),
        evidence: desk.evidence.bundle(),
        advice: state.reason ?? (meter.ok ? 'The meter answers; there is nothing to do.' : meter.detail),
      },
    };
  }),
  operation('power-cycle', { while_measuring: z.boolean().default(false) }, async ({ while_measuring }, { desk }) => {
    const done = await desk.powerCycle(while_measuring);
    return done.ok ? { ok: true, result: { detail: done.detail } } : failure('failed', done.detail);
  }),
];

/** Whether the meter answers right now, by its simplest question. */
async function askMeter(
  context: OperationContext,
): Promise<{ readonly ok: boolean; readonly ms: number | null; readonly detail: string }> {
  const { clock, desk } = context;
  if (!desk.isHeld) return { ok: false, ms: null, detail: 'The agent does not hold this meter at present.' };
  const askedMs = clock.monotonicMs();
  const answer = await ask('Measure', { ...context, giveUpAtMs: Math.min(context.giveUpAtMs, askedMs + QUESTION_MS) });
  // With its wait for the meter's rest and for what was under way.
  const ms = Math.round(clock.monotonicMs() - askedMs);
  return answer.ok
    ? { ok: true, ms, detail: `The meter answers: ${runStateOf(answer.result)}.` }
    : { ok: false, ms, detail: answer.error.message };
}
