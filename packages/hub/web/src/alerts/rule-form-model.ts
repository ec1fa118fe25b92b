/** The rule form's fields as people fill them in, and the rule that follows. Pure. Neighbour: rule-form.tsx draws it. */
import type { Metric, RuleBody, ScheduleWindow } from './alert-api.ts';

/** Metrics on offer, in plain words. `T`: asks for a length of time, `percent` and `limit` for those. */
export const METRIC_CHOICES = [
  { id: 'lp', text: 'Loud right now (level Lp)', asks: [] },
  { id: 'leq-moving', text: 'Average over the last T (LAeq,T moving)', asks: ['seconds'] },
  { id: 'leq-clock', text: 'Average of each full T on the clock (LAeq,T)', asks: ['seconds'] },
  { id: 'interval-lmax', text: 'Highest level in a reading (Lmax)', asks: [] },
  { id: 'interval-lpeak', text: 'Peak in a reading (Lpeak)', asks: [] },
  { id: 'ln', text: 'Level exceeded N % of the last T (LN)', asks: ['seconds', 'percent'] },
  { id: 'headroom', text: 'Headroom: level still allowed in the window for an average of', asks: ['limit'] },
  { id: 'coverage', text: 'Readings are missing: share of the last T (%)', asks: ['seconds'] },
  { id: 'health-battery-low', text: 'Battery is low', asks: [] },
  { id: 'health-overload', text: 'Meter is overloaded', asks: [] },
  { id: 'health-stopped', text: 'Measurement is stopped', asks: [] },
  { id: 'health-stopped-without-order', text: 'Measurement stopped without an order', asks: [] },
  { id: 'health-asleep', text: 'Meter sleeps', asks: [] },
  { id: 'health-wedged', text: 'Control port is stuck', asks: [] },
  { id: 'sd-free-mb', text: 'Free space on the card (MB)', asks: [] },
  { id: 'clock-offset-s', text: 'Meter clock is off (s)', asks: [] },
  { id: 'connectivity-unit', text: 'Meter cannot be reached', asks: [] },
  { id: 'connectivity-edge', text: 'Edge cannot be reached', asks: [] },
  { id: 'connectivity-hub', text: 'Hub has lost its broker', asks: [] },
] as const;
export type MetricChoice = (typeof METRIC_CHOICES)[number]['id'] | 'device' | 'interval-leq' | 'interval-lmin';

export interface FormWindow {
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
  /** By level, as typed; `null`: the rule's own thresholds. */
  readonly own: Readonly<Record<LevelName, string>> | null;
}

export const LEVEL_NAMES = ['warn', 'alarm', 'critical'] as const;
export type LevelName = (typeof LEVEL_NAMES)[number];
export const LEVEL_TEXTS: Readonly<Record<LevelName, string>> = { warn: 'Warning', alarm: 'Alarm', critical: 'Critical' };

/** Numbers stand as they were typed; empty means none. */
export interface RuleForm {
  readonly id: string | null;
  readonly unit: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly metric: MetricChoice;
  /** A metric that this form has no words for is kept as it was. */
  readonly kept: Metric | null;
  readonly minutes: string;
  readonly percent: string;
  readonly limit: string;
  readonly comparison: 'above' | 'below';
  readonly warn: string;
  readonly alarm: string;
  readonly critical: string;
  readonly margin: string;
  readonly hold: string;
  readonly clearHold: string;
  readonly cooldownMinutes: string;
  readonly mergeMinutes: string;
  /** Share of T, in percent. */
  readonly coverage: string;
  /** Empty: never. */
  readonly silenceSeconds: string;
  readonly windows: readonly FormWindow[];
  readonly holidays: string;
  readonly sundayOnHolidays: boolean;
  readonly notify: readonly string[];
  /** What a rule holds beyond this form, kept as it was. */
  readonly rest: Readonly<Record<string, unknown>>;
}

export const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7] as const;

export function emptyForm(unit: string): RuleForm {
  return {
    id: null,
    unit,
    name: '',
    enabled: true,
    metric: 'leq-moving',
    kept: null,
    minutes: '15',
    percent: '10',
    limit: '75',
    comparison: 'above',
    warn: '70',
    alarm: '75',
    critical: '',
    margin: '2',
    hold: '0',
    clearHold: '0',
    cooldownMinutes: '5',
    mergeMinutes: '0',
    coverage: '75',
    silenceSeconds: '120',
    windows: [],
    holidays: '',
    sundayOnHolidays: false,
    notify: [],
    rest: {},
  };
}

export const asksOf = (metric: MetricChoice): readonly string[] => METRIC_CHOICES.find((one) => one.id === metric)?.asks ?? [];

/** Whether a metric either holds or does not, so that there is no threshold to give. */
export const isYesNo = (metric: MetricChoice): boolean => metric.startsWith('health-') || metric.startsWith('connectivity-');

/** A stored rule, or a preset's beginning of one, in the form. */
export function formOf(rule: Omit<RuleBody, 'unit'>, unit: string): RuleForm {
  const {
    id,
    name,
    enabled,
    metric,
    comparison,
    levels,
    clear_margin,
    hold_s,
    clear_hold_s,
    cooldown_s,
    merge_s,
    min_coverage,
    no_data_after_s,
    schedule,
    notify,
    ...rest
  } = rule;
  const threshold = (level: string): string => levels.find((one) => one.name === level)?.threshold.toString() ?? '';
  const choice = choiceOf(metric);
  return {
    id: id ?? null,
    unit,
    name,
    enabled: enabled ?? true,
    metric: choice,
    kept: METRIC_CHOICES.some((one) => one.id === choice) ? null : metric,
    minutes: 'seconds' in metric ? (metric.seconds / 60).toString() : '15',
    percent: metric.kind === 'ln' ? metric.percent.toString() : '10',
    limit: metric.kind === 'headroom' ? metric.limit.toString() : '75',
    comparison: comparison ?? 'above',
    warn: threshold('warn'),
    alarm: threshold('alarm'),
    critical: threshold('critical'),
    margin: (clear_margin ?? 2).toString(),
    hold: (hold_s ?? 0).toString(),
    clearHold: (clear_hold_s ?? 0).toString(),
    cooldownMinutes: ((cooldown_s ?? 300) / 60).toString(),
    mergeMinutes: ((merge_s ?? 0) / 60).toString(),
    coverage: Math.round((min_coverage ?? 0.75) * 100).toString(),
    silenceSeconds: no_data_after_s === null ? '' : (no_data_after_s ?? 120).toString(),
    windows: (schedule?.windows ?? []).map(({ days, from, to, thresholds }) => ({
      days,
      from,
      to,
      own:
        thresholds === undefined
          ? null
          : levels.reduce<Record<LevelName, string>>(
              (own, level, place) => ({ ...own, [level.name]: thresholds[place]?.toString() ?? '' }),
              { warn: '', alarm: '', critical: '' },
            ),
    })),
    holidays: (schedule?.holidays ?? []).join(', '),
    sundayOnHolidays: schedule?.on_holidays === 'sunday',
    notify: notify ?? [],
    rest,
  };
}

function choiceOf(metric: Metric): MetricChoice {
  switch (metric.kind) {
    case 'leq':
      return `leq-${metric.mode}`;
    case 'interval':
    case 'health':
    case 'connectivity':
      return `${metric.kind}-${metric.of}` as MetricChoice;
    case 'lp':
    case 'ln':
    case 'device':
    case 'headroom':
    case 'coverage':
    case 'sd-free-mb':
    case 'clock-offset-s':
      return metric.kind;
  }
}

/** The rule, or what is wrong with the form in a sentence. */
export function ruleOf(
  form: RuleForm,
): { readonly kind: 'rule'; readonly rule: RuleBody } | { readonly kind: 'problem'; readonly text: string } {
  const problem = (text: string) => ({ kind: 'problem' as const, text });
  if (form.unit === '') return problem('Choose a unit.');
  if (form.name.trim() === '') return problem('Give the rule a name: it is what people read in the message.');
  const numbers = Object.entries({
    'Clear margin': form.margin,
    'Hold for': form.hold,
    'Clear for': form.clearHold,
    Cooldown: form.cooldownMinutes,
    'Merge within': form.mergeMinutes,
  });
  for (const [label, text] of numbers)
    if (!isNumber(text) || Number(text) < 0) return problem(`${label} must be a number of 0 or more.`);
  const asks = asksOf(form.metric);
  if (asks.includes('seconds') && !(Number(form.minutes) * 60 >= 1)) return problem('T must be at least a second.');
  const levels = isYesNo(form.metric)
    ? [{ name: 'alarm', threshold: 0.5 }]
    : LEVEL_NAMES.filter((name) => form[name].trim() !== '').map((name) => ({ name, threshold: Number(form[name]) }));
  if (levels.some(({ threshold }) => !Number.isFinite(threshold))) return problem('Thresholds must be numbers.');
  if (levels.length === 0) return problem('Give at least one threshold.');
  if (form.windows.some((window) => window.days.length === 0)) return problem('Each window needs at least one day.');
  if (form.windows.some(({ own }) => own !== null && levels.some(({ name }) => !isNumber(own[name as LevelName]))))
    return problem('A window with thresholds of its own needs one for each level of the rule.');
  if (!(Number(form.coverage) >= 0 && Number(form.coverage) <= 100) || !isNumber(form.coverage))
    return problem('Enough readings is a share of 0 to 100 %.');
  if (form.silenceSeconds.trim() !== '' && !(Number(form.silenceSeconds) >= 10))
    return problem('No data after must be 10 seconds or more, or empty for never.');
  if (form.metric === 'headroom' && form.windows.length === 0)
    return problem('This one needs a window: it is about what remains of it.');
  const holidays = form.holidays.split(/[\s,]+/).filter((date) => date !== '');
  const rule: RuleBody = {
    ...form.rest,
    ...(form.id === null ? {} : { id: form.id }),
    unit: form.unit,
    name: form.name.trim(),
    enabled: form.enabled,
    metric: metricOf(form),
    comparison: isYesNo(form.metric) ? 'above' : form.comparison,
    levels,
    clear_margin: isYesNo(form.metric) ? 0 : Number(form.margin),
    hold_s: Number(form.hold),
    clear_hold_s: Number(form.clearHold),
    cooldown_s: Math.round(Number(form.cooldownMinutes) * 60),
    merge_s: Math.round(Number(form.mergeMinutes) * 60),
    min_coverage: Number(form.coverage) / 100,
    no_data_after_s: form.silenceSeconds.trim() === '' ? null : Number(form.silenceSeconds),
    schedule:
      form.windows.length === 0
        ? null
        : {
            windows: form.windows.map((window) => windowOf(window, levels)),
            holidays,
            on_holidays: form.sundayOnHolidays ? 'sunday' : 'off',
          },
    notify: form.notify,
  };
  return { kind: 'rule', rule };
}

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text));

function windowOf({ days, from, to, own }: FormWindow, levels: readonly { readonly name: string }[]): ScheduleWindow {
  const thresholds = own === null ? {} : { thresholds: levels.map(({ name }) => Number(own[name as LevelName])) };
  return { days: [...days].sort((a, b) => a - b), from, to, ...thresholds };
}

function metricOf(form: RuleForm): Metric {
  const seconds = Math.round(Number(form.minutes) * 60);
  if (form.kept !== null && choiceOf(form.kept) === form.metric) return form.kept;
  switch (form.metric) {
    case 'leq-moving':
      return { kind: 'leq', seconds, mode: 'moving' };
    case 'leq-clock':
      return { kind: 'leq', seconds, mode: 'clock' };
    case 'ln':
      return { kind: 'ln', percent: Number(form.percent), seconds };
    case 'headroom':
      return { kind: 'headroom', limit: Number(form.limit) };
    case 'coverage':
      return { kind: 'coverage', seconds };
    case 'lp':
    case 'sd-free-mb':
    case 'clock-offset-s':
      return { kind: form.metric };
    case 'device':
    case 'interval-leq':
    case 'interval-lmax':
    case 'interval-lmin':
    case 'interval-lpeak':
    case 'health-battery-low':
    case 'health-overload':
    case 'health-asleep':
    case 'health-stopped':
    case 'health-stopped-without-order':
    case 'health-wedged':
    case 'connectivity-unit':
    case 'connectivity-edge':
    case 'connectivity-hub': {
      const [kind = '', ...rest] = form.metric.split('-');
      return { kind, of: rest.join('-') } as Metric;
    }
  }
}

/** The side on which a metric is usually bad. */
export const usualSide = (metric: MetricChoice): 'above' | 'below' =>
  metric === 'headroom' || metric === 'coverage' || metric === 'sd-free-mb' ? 'below' : 'above';
