/** What the meter measures: frequency and time weighting per channel, and which percentiles LN1..LN5 are. */
import { z } from 'zod';
import { percentOf } from '../diagnosis/settings-snapshot.ts';
import { argumentOf, ask, mapped, operation, type Operation, send } from './operation.ts';

const channelSchema = z.enum(['Main', 'Sub1', 'Sub2', 'Sub3']).default('Main');

function weighting(op: string, command: string): readonly Operation[] {
  return [
    operation(`${op}-get`, { channel: channelSchema }, async ({ channel }, context) =>
      mapped(await ask(`${command} (${channel})`, context), (value) => ({ channel, weighting: value })),
    ),
    operation(
      `${op}-set`,
      { channel: channelSchema, weighting: argumentOf(`${command} (Main)`) },
      ({ channel, weighting: value }, context) => send(`${command} (${channel})`, value, context),
    ),
  ];
}

export const WEIGHTING_OPERATIONS: readonly Operation[] = [
  ...weighting('frequency-weighting', 'Frequency Weighting'),
  ...weighting('time-weighting', 'Time Weighting'),
  operation('percentiles-get', {}, async (_args, context) => {
    const percentiles: (number | null)[] = [];
    for (const number of [1, 2, 3, 4, 5]) {
      context.progress(`Percentile ${number}?`, number - 1, 5);
      const answer = await ask(`Percentile ${number}`, context);
      if (!answer.ok) return answer;
      percentiles.push(percentOf(answer.result));
    }
    return { ok: true, result: { percentiles } };
  }),
  operation('percentile-set', { number: z.int().min(1).max(5), percent: z.number() }, ({ number, percent }, context) =>
    send(`Percentile ${number}`, String(percent), context),
  ),
];
