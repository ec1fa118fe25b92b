/** An answer of the hub beside what the oracle says. Neighbours: oracle.ts, figures.journey.test.ts. */
import { expect } from 'vitest';
import type { Figures, Span } from './oracle.ts';

/** Levels are to be within 0.05 dB. Energies of the hub and of the oracle differ by rounding only, so here it is a thousandth; LN by half a class. */
const LEVEL_DB = 0.001;
const CLASS_DB = 0.05001;

/** Levels of a window of which so much was measured; an interval that its bounds cut may be a millisecond off. */
export const withinDb = (validMs: number): number => LEVEL_DB + 20 / Math.max(20, validMs);

export function expectLevel(what: string, found: number | null, wanted: number | null, mostDb: number): void {
  if (found === null || wanted === null) expect([what, found]).toEqual([what, wanted]);
  else expect([what, found, wanted, Math.abs(found - wanted) <= mostDb]).toEqual([what, found, wanted, true]);
}

/** Everything that an answer says of a span. Readings are cut at whole milliseconds, so a span that cuts one with lost ticks may be a millisecond off. */
export function expectFigures(found: any, wanted: Figures, span: Span): void {
  const lengthMs = span.endMs - span.startMs;
  expectLevel('leq', found.leq, wanted.leq, withinDb(wanted.validMs));
  expectLevel('sel', found.sel, wanted.sel, withinDb(wanted.validMs));
  for (const name of ['lmax', 'lmin', 'lpeak'] as const) {
    expectLevel(name, found[name], wanted[name]?.level ?? null, 1e-6);
    expect([name, found[`${name}_at`]]).toEqual([name, wanted[name] === null ? null : new Date(wanted[name].atMs).toISOString()]);
  }
  const near = (what: string, seconds: number, ms: number): void =>
    expect([what, seconds, ms, Math.abs(seconds * 1000 - ms) <= 4]).toEqual([what, seconds, ms, true]);
  near('valid_s', found.valid_s, wanted.validMs);
  near('over_s', found.over_s, wanted.overMs);
  near('under_s', found.under_s, wanted.underMs);
  near('masked_s', found.masked_s, wanted.maskedMs);
  near('expected_s', found.expected_s, lengthMs);
  expect(Math.abs(found.coverage - wanted.validMs / lengthMs)).toBeLessThanOrEqual(5 / lengthMs + 1e-6);
  expect(found.count).toBe(wanted.count);
  expect(found.basis).toBe(basisOf(wanted));
  for (const [percent, level] of Object.entries<number | null>(found.ln)) expectPercentile(Number(percent), level, wanted);
}

function basisOf({ bases }: Figures): string | null {
  const names = (['drd', 'lp', 'import'] as const).filter((basis) => bases.has(basis));
  return names.length === 0 ? null : names.join('+');
}

/** A millisecond that the cut of an interval puts on the other side may move LN to the level next to it. */
function expectPercentile(percent: number, found: number | null, wanted: Figures): void {
  const slack = 100 * (5 / Math.max(5, wanted.validMs));
  const around = [wanted.ln(percent), wanted.ln(Math.max(1e-9, percent - slack)), wanted.ln(Math.min(100, percent + slack))];
  const isRight = around.some((level) =>
    found === null || level === null ? found === level : Math.abs(found - level) <= CLASS_DB,
  );
  expect([percent, found, around, isRight]).toEqual([percent, found, around, true]);
}
