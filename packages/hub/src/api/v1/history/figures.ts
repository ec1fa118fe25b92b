// Statistics in the words of the API: dB as numbers or null, times with Z, durations in seconds. Pure.
import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import type { Mask } from '../../../history/annotations.ts';
import type { Answer as Answered, Question } from '../../../history/history.ts';
import type { LeqWindow } from '../../../history/levels/leq-windows.ts';
import { percentilesOf } from '../../../history/levels/statistics.ts';

const level = z.number().nullable();
const instantText = z.string().nullable();

/** Levels are not rounded to what a meter shows; six decimals keep the text short and lose nothing. */
export function decimals(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

export const levelOut = (value: number | null | undefined): number | null =>
  value === null || value === undefined ? null : decimals(value);
const at = (atMs: number | undefined): string | null => (atMs === undefined ? null : toInstant(atMs));

/** Fields of every span with statistics. */
export const figuresSchema = z.object({
  start: z.string(),
  end: z.string(),
  leq: level,
  sel: level.describe('Sound exposure level of what was measured'),
  lmax: level,
  lmax_at: instantText,
  lmin: level,
  lmin_at: instantText,
  lpeak: level,
  lpeak_at: instantText,
  ln: z.record(z.string(), level).describe('Level exceeded N % of the time, from 0.1 dB classes of the Leq of each reading'),
  expected_s: z.number(),
  valid_s: z.number(),
  coverage: z.number().min(0).max(1),
  sufficient: z.boolean().describe('Whether coverage reaches the wanted share'),
  over_s: z.number().describe('Overloaded time'),
  under_s: z.number().describe('Valid time that was under range'),
  missing_s: z.number(),
  masked_s: z.number(),
  count: z.int(),
  basis: z.string().nullable().describe('drd (exact), lp (estimate), import, or several joined by +'),
});

export function figures(answer: Answered, question: Question, n: readonly number[]): z.input<typeof figuresSchema> {
  const { statistics: found } = answer;
  return {
    start: toInstant(answer.startMs),
    end: toInstant(answer.endMs),
    leq: levelOut(found.leqDb),
    sel: levelOut(found.selDb),
    lmax: levelOut(found.lmax?.levelDb),
    lmax_at: at(found.lmax?.atMs),
    lmin: levelOut(found.lmin?.levelDb),
    lmin_at: at(found.lmin?.atMs),
    lpeak: levelOut(found.lpeak?.levelDb),
    lpeak_at: at(found.lpeak?.atMs),
    ln: percentilesOf(answer.rollup, n, question.rule.overload),
    expected_s: found.expectedMs / 1000,
    valid_s: found.validMs / 1000,
    coverage: decimals(found.coverage),
    sufficient: found.sufficient,
    over_s: found.overMs / 1000,
    under_s: found.underMs / 1000,
    missing_s: found.missingMs / 1000,
    masked_s: answer.maskedMs / 1000,
    count: found.count,
    basis: found.basis,
  };
}

export const windowSchema = z.object({
  start: z.string(),
  end: z.string(),
  leq: level,
  coverage: z.number(),
  sufficient: z.boolean(),
});

export function windowOut(window: LeqWindow, question: Question): z.input<typeof windowSchema> {
  return {
    start: toInstant(window.startMs),
    end: toInstant(window.endMs),
    leq: levelOut(window.leqDb),
    coverage: decimals(window.coverage),
    sufficient: window.coverage >= question.rule.coverage,
  };
}

export const maskSchema = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  reason: z.string(),
  author: z.string(),
  created: z.string(),
  withdrawn: z.string().nullable(),
  withdrawn_by: z.string().nullable(),
});

export function maskOut(mask: Mask): z.input<typeof maskSchema> {
  return {
    id: mask.id,
    from: toInstant(mask.startMs),
    to: toInstant(mask.endMs),
    reason: mask.reason,
    author: mask.author,
    created: toInstant(mask.createdMs),
    withdrawn: mask.withdrawnMs === null ? null : toInstant(mask.withdrawnMs),
    withdrawn_by: mask.withdrawnBy,
  };
}

/** What every answer says about how it was made. */
export const conditionsSchema = z.object({
  unit: z.string(),
  timezone: z.string(),
  masked: z.enum(['out', 'in']).describe('Whether masked time is in the figures or out of them'),
  overload: z.enum(['out', 'in']),
  coverage_wanted: z.number(),
  masks: z.array(maskSchema).describe('Masks in force that touch the range'),
});

export function conditions(question: Question, masks: readonly Mask[]): z.input<typeof conditionsSchema> {
  return {
    unit: question.unit,
    timezone: question.zone,
    masked: question.masked,
    overload: question.rule.overload,
    coverage_wanted: question.rule.coverage,
    masks: masks.filter((mask) => mask.withdrawnMs === null).map(maskOut),
  };
}
