/** What the agent knows of the way to a meter, without asking the meter. */
import { z } from 'zod';
import { LOG_CATEGORIES, LOG_LEVELS } from '../diagnosis/device-log.ts';
import { ask, operation, type Operation } from './operation.ts';

const MAX_LINES = 300;

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
];
