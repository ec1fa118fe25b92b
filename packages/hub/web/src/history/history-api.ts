/** What the page asks the hub about history. Neighbours: api/hub-api.ts carries, the view models beside this file word. */
import { type Answer, getJson, sendJson } from '../api/hub-api.ts';

/** Levels in dB; `null` where nothing was measured. */
export interface Figures {
  readonly start: string;
  readonly end: string;
  readonly leq: number | null;
  readonly sel: number | null;
  readonly lmax: number | null;
  readonly lmax_at: string | null;
  readonly lmin: number | null;
  readonly lmin_at: string | null;
  readonly lpeak: number | null;
  readonly lpeak_at: string | null;
  readonly ln: Readonly<Record<string, number | null>>;
  readonly expected_s: number;
  readonly valid_s: number;
  readonly coverage: number;
  readonly sufficient: boolean;
  readonly over_s: number;
  readonly under_s: number;
  readonly missing_s: number;
  readonly masked_s: number;
  readonly basis: string | null;
}

export interface MaskView {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly author: string;
  readonly created: string;
  readonly withdrawn: string | null;
  readonly withdrawn_by: string | null;
}

/** What every answer says about how it was made. */
export interface Conditions {
  readonly timezone: string;
  readonly masked: 'out' | 'in';
  readonly overload: 'out' | 'in';
  readonly coverage_wanted: number;
  readonly masks: readonly MaskView[];
}

export interface LevelsView extends Conditions {
  readonly resolution: string;
  readonly buckets: readonly Figures[];
}

export interface WholeView extends Conditions, Figures {
  readonly sample_s: number | null;
}

export interface WindowView {
  readonly start: string;
  readonly end: string;
  readonly leq: number | null;
  readonly coverage: number;
  readonly sufficient: boolean;
}

export interface LeqView extends Conditions {
  readonly t: number;
  readonly mode: 'clock' | 'moving';
  readonly count: number;
  readonly max: WindowView | null;
}

export interface HeadroomView {
  readonly allowed: number | null;
  readonly spent: number;
  readonly remaining_s: number;
}

export interface LimitView {
  readonly of: string;
  readonly limit: number;
  readonly t: number | null;
  readonly mode: 'clock' | 'moving' | null;
  readonly note: string | null;
  readonly level: number | null;
  readonly exceeded: boolean | null;
  readonly max: WindowView | null;
  readonly headroom: HeadroomView | null;
}

export interface CheckView {
  readonly id: string;
  readonly at: string;
  readonly kind: 'before' | 'after';
  readonly reference: number;
  readonly measured: number;
  readonly deviation: number;
  readonly author: string;
  readonly note: string | null;
  /** In the list of checks: how far the deviation moved since the check before the measurement. */
  readonly drift?: number | null;
}

export interface PeriodView extends Partial<Omit<Figures, 'start' | 'end' | 'leq'>> {
  readonly name: string;
  readonly kind: 'window' | 'rating';
  readonly start: string;
  readonly end: string;
  readonly leq: number | null;
  readonly coverage: number;
  readonly sufficient: boolean;
  readonly limits: readonly LimitView[];
  readonly calibration: { readonly drift: number | null; readonly within_limit: boolean | null };
}

export interface PeriodsView extends Conditions {
  readonly date: string;
  readonly scheme: string;
  readonly title: string;
  readonly periods: readonly PeriodView[];
}

export interface SchemeView {
  readonly id: string;
  readonly title: string;
  readonly shipped: boolean;
}

/** From and to, and what counts. */
export interface Question {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly masked: 'out' | 'in';
  readonly overload: 'out' | 'in';
}

const pathOf = (unit: string, what: string): string => `/api/v1/units/${encodeURIComponent(unit)}/${what}`;

/** The address of an answer; also of a download. */
export function addressOf(what: string, question: Question, more: Readonly<Record<string, string>>): string {
  const { unit, fromMs, toMs, masked, overload } = question;
  const range = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  return `${pathOf(unit, what)}?${new URLSearchParams({ ...range, masked, overload, ...more }).toString()}`;
}

export const readLevels = (question: Question, more: Readonly<Record<string, string>>): Promise<Answer<LevelsView>> =>
  getJson(addressOf('levels', question, more));

export const readWhole = (question: Question, n: readonly number[]): Promise<Answer<WholeView>> =>
  getJson(addressOf('percentiles', question, { n: n.join(',') }));

export const readLoudest = (question: Question, t: number, mode: 'clock' | 'moving'): Promise<Answer<LeqView>> =>
  getJson(addressOf('leq', question, { t: String(t), mode, step: '1', values: 'none' }));

export const readPeriods = (
  unit: string,
  date: string,
  scheme: string,
  { masked, overload }: Pick<Question, 'masked' | 'overload'>,
): Promise<Answer<PeriodsView>> =>
  getJson(`${pathOf(unit, 'periods')}?${new URLSearchParams({ date, scheme, masked, overload, n: '10,90' }).toString()}`);

export const readSchemes = (): Promise<Answer<{ readonly schemes: readonly SchemeView[] }>> => getJson('/api/v1/schemes');

export const readMasks = (unit: string, fromMs: number, toMs: number): Promise<Answer<{ readonly masks: readonly MaskView[] }>> =>
  getJson(`${pathOf(unit, 'masks')}?from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`);

export const addMask = (unit: string, fromMs: number, toMs: number, reason: string): Promise<Answer<MaskView>> =>
  sendJson('POST', pathOf(unit, 'masks'), { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), reason });

export const withdrawMask = (unit: string, id: string): Promise<Answer<null>> =>
  sendJson('DELETE', pathOf(unit, `masks/${encodeURIComponent(id)}`));

export const readChecks = (unit: string): Promise<Answer<{ readonly checks: readonly CheckView[] }>> =>
  getJson(pathOf(unit, 'calibrations'));

export interface NewCheck {
  readonly at: string;
  readonly kind: 'before' | 'after';
  readonly reference: number;
  readonly measured: number;
  readonly note?: string;
}

export const addCheck = (unit: string, check: NewCheck): Promise<Answer<{ readonly check: CheckView }>> =>
  sendJson('POST', pathOf(unit, 'calibrations'), check);

/** The zone of a unit that is in no list, such as one with imported levels only. */
export const readZone = (unit: string): Promise<Answer<Conditions>> => getJson(pathOf(unit, 'percentiles'));
