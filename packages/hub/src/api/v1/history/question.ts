// What every question about history takes, and what becomes of it. Neighbours: the routes beside this file.
import { z } from 'zod';
import type { Question } from '../../../history/history.ts';
import type { Span } from '../../../history/time/spans.ts';
import { DEFAULT_COVERAGE } from '../../../history/levels/statistics.ts';
import { isIanaZone } from '../../../history/time/zone.ts';
import type { Answer } from '../../route.ts';
import type { ApiServices } from '../../services.ts';
import { instant } from '../parameters.ts';
import { problem } from '../problem.ts';

const DAY_MS = 86_400_000;

/** A number in a query. `least` and `most` belong to it. */
export const number = (least: number, most: number) =>
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, { error: `expected a number from ${least} to ${most}` })
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error: `expected a number from ${least} to ${most}` })
    .meta({ type: 'number', minimum: least, maximum: most });

const inOrOut = z.enum(['out', 'in'], { error: 'expected out or in' });

/** `masked`, `overload`: in or out of the statistics. `coverage`: the share of a span that must be measured for its level to be sufficient. `zone`: instead of the unit's. */
export const questionQuery = z.object({
  masked: inOrOut.default('out'),
  overload: inOrOut.default('out'),
  coverage: number(0, 1).default(DEFAULT_COVERAGE),
  zone: z.string().max(64).refine(isIanaZone, { error: 'expected an IANA time zone such as Europe/Berlin' }).optional(),
});

export const rangeQuery = z.object({ from: instant.optional(), to: instant.optional() });

/** N of LN, separated by commas. */
export const percents = (preset: string) =>
  z
    .string()
    .regex(/^\d{1,2}(\.\d{1,3})?(,\d{1,2}(\.\d{1,3})?){0,19}$/, { error: 'expected up to 20 numbers like 10,50,90' })
    .transform((text) => text.split(',').map(Number))
    .refine((numbers) => numbers.every((one) => one > 0 && one < 100), { error: 'each is above 0 and below 100' })
    .default(preset.split(',').map(Number))
    .meta({ type: 'string', default: preset });

export function zoneOf(services: ApiServices, unit: string): string {
  return services.fleet.unit(unit)?.config.timezone ?? services.timezone;
}

export function questionOf(services: ApiServices, unit: string, query: z.output<typeof questionQuery>): Question {
  const { masked, overload, coverage } = query;
  return { unit, zone: query.zone ?? zoneOf(services, unit), masked, rule: { overload, coverage } };
}

/** The range asked for; without one the last 24 hours. */
export function rangeOf(services: ApiServices, query: z.output<typeof rangeQuery>): Span | { readonly refused: Answer } {
  const endMs = query.to ?? services.clock.nowMs();
  const startMs = query.from ?? endMs - DAY_MS;
  return startMs < endMs ? { startMs, endMs } : { refused: problem(422, 'query from: must be before to') };
}
