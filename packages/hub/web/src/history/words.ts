/** History in words: what stands in tables and beside charts. Pure. */
import { formatLevel, formatShare } from '../format/level.ts';
import type { CheckView, Figures, HeadroomView, LimitView, PeriodView } from './history-api.ts';

export type Tone = 'plain' | 'good' | 'warn' | 'alarm';

/** `1 h`, `15 min`, `90 s`, `1 h 30 min`: a length in its two largest units. */
export function lengthText(seconds: number): string {
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  const rest = Math.round(seconds % 60);
  const parts = [
    [days, 'd'],
    [hours, 'h'],
    [minutes, 'min'],
    [rest, 's'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

/** `1 min` of the hub's `1m`. */
export const resolutionText = (resolution: string): string =>
  resolution.replace(/^(\d+)m$/, '$1 min').replace(/^(\d+)([shd])$/, '$1 $2');

/** `LAeq,15min`; the weighting is the meter's, so the A is left out. */
export function windowText(seconds: number): string {
  return `Leq,${lengthText(seconds).replaceAll(' ', '')}`;
}

/** How a level is known, for people. */
export function basisText(basis: string | null): string {
  if (basis === null) return 'nothing was measured';
  const words: Readonly<Record<string, string>> = {
    drd: 'exact, from the 100 ms stream',
    lp: 'estimated from samples of Lp',
    import: 'an imported series',
  };
  return basis
    .split('+')
    .map((one) => words[one] ?? one)
    .join('; ');
}

export interface Fact {
  readonly name: string;
  readonly index: string;
  readonly value: string;
  readonly at: string | null;
}

/** Levels of a span, one line each. */
export function levelFacts(figures: Figures): Fact[] {
  const fact = (name: string, index: string, level: number | null, at: string | null = null): Fact => ({
    name,
    index,
    value: formatLevel(level),
    at,
  });
  const percentiles = Object.entries(figures.ln)
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([percent, level]) => fact('L', percent, level));
  return [
    fact('L', 'eq', figures.leq),
    fact('L', 'E', figures.sel),
    fact('L', 'max', figures.lmax, figures.lmax_at),
    fact('L', 'min', figures.lmin, figures.lmin_at),
    ...(figures.lpeak === null ? [] : [fact('L', 'peak', figures.lpeak, figures.lpeak_at)]),
    ...percentiles,
  ];
}

/** What a reader must know before signing: what was measured, what was left out, what is only a bound. */
export function caveats(
  figures: Figures,
  wanted: number,
  conditions: { readonly masked: string; readonly overload: string },
): string[] {
  const { basis, coverage, sufficient, over_s, under_s, masked_s } = figures;
  const bases = figures.leq === null ? [] : (basis ?? '').split('+');
  return [
    ...(figures.leq !== null && !sufficient
      ? [`Only ${formatShare(coverage)} of the time was measured; ${formatShare(wanted)} are needed.`]
      : []),
    ...(masked_s > 0
      ? [`Masked ${conditions.masked === 'out' ? 'and left out' : 'but counted here'}: ${lengthText(masked_s)}.`]
      : []),
    ...(over_s > 0
      ? [
          conditions.overload === 'out'
            ? `Overloaded and left out: ${lengthText(over_s)}; the true level is higher.`
            : `Overloaded: ${lengthText(over_s)}; the levels are lower bounds.`,
        ]
      : []),
    ...(bases.includes('lp') ? ['Estimated: Lmax and Lpeak may be too low and Lmin too high, as the meter was sampled.'] : []),
    ...(bases.includes('import') ? ['Imported: Lmax and Lmin are the highest and lowest of the levels in the series.'] : []),
    ...(under_s > 0 ? [`Below the meter’s range: ${lengthText(under_s)}; the minimum and high LN are upper bounds.`] : []),
  ];
}

/** A limit as it stands. */
export function limitText(limit: LimitView): { readonly text: string; readonly tone: Tone } {
  const of =
    limit.t === null ? levelName(limit.of) : `${windowText(limit.t)} (${limit.mode === 'moving' ? 'moving' : 'by the clock'})`;
  const name = `${of} ≤ ${formatLevel(limit.limit)} dB`;
  if (limit.exceeded === null) return { text: `${name}: nothing measured`, tone: 'plain' };
  // An overloaded level may break a limit although the level without it is below.
  const level = limit.level === null ? '' : ` (${formatLevel(limit.level)} dB)`;
  return limit.exceeded ? { text: `${name}: exceeded${level}`, tone: 'alarm' } : { text: `${name}: kept${level}`, tone: 'good' };
}

function levelName(of: string): string {
  if (of.startsWith('ln:')) return `L${of.slice(3)}`;
  return { leq: 'Leq', lmax: 'Lmax', lpeak: 'Lpeak' }[of] ?? of;
}

/** What may still be made. */
export function headroomText({ allowed, spent, remaining_s }: HeadroomView): { readonly text: string; readonly tone: Tone } {
  const used = `${Math.round(spent * 100)} % of the energy is used`;
  if (allowed === null) return { text: `${used}: the limit is spent`, tone: 'alarm' };
  return {
    text: `${used}; ${formatLevel(allowed)} dB on average are possible for the remaining ${lengthText(remaining_s)}`,
    tone: spent > 0.8 ? 'warn' : 'plain',
  };
}

/** What a period says of the checks around it. */
export function calibrationText({
  drift,
  within_limit,
}: PeriodView['calibration']): { readonly text: string; readonly tone: Tone } | null {
  if (drift === null || within_limit === null) return null;
  const said = `drift ${signed(drift)} dB between the checks`;
  return within_limit ? { text: said, tone: 'plain' } : { text: `${said}: more than 0.5 dB`, tone: 'alarm' };
}

export function checkText({ reference, measured, deviation, drift }: CheckView): string {
  const moved = drift === null || drift === undefined ? '' : `, drift ${signed(drift)} dB`;
  return `${formatLevel(measured)} dB at ${formatLevel(reference)} dB (${signed(deviation)} dB)${moved}`;
}

const signed = (level: number): string => (level > 0 ? `+${formatLevel(level)}` : formatLevel(level));
