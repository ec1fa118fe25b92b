/** Rules as sites commonly have them, to begin from. The limits are starting points: those of the consent or the contract count. */
import type { RuleDraft } from './rule.ts';

export interface RulePreset {
  readonly id: string;
  readonly name: string;
  /** For whom it is made, in a sentence or two. */
  readonly description: string;
  /** What a draft takes over; unit and receivers are the writer's own. */
  readonly rule: Omit<RuleDraft, 'id' | 'unit' | 'notify'>;
}

const WEEKDAYS = [1, 2, 3, 4, 5];
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const warnAndAlarm = (warn: number, alarm: number): RuleDraft['levels'] => [
  { name: 'warn', threshold: warn },
  { name: 'alarm', threshold: alarm },
];

export const RULE_PRESETS: readonly RulePreset[] = [
  {
    id: 'construction-three-periods',
    name: 'Construction site, three periods',
    description:
      'LAeq,1h against a limit for working hours, one for evenings and weekends and one for the night, as many British cities ask. A full hour is judged when it is over.',
    rule: {
      name: 'LAeq,1h in three periods',
      metric: { kind: 'leq', seconds: 3600, mode: 'clock' },
      levels: warnAndAlarm(70, 75),
      schedule: {
        windows: [
          { days: WEEKDAYS, from: '08:00', to: '18:00' },
          { days: [6], from: '08:00', to: '13:00' },
          { days: EVERY_DAY, from: '23:00', to: '07:00', thresholds: [42, 45] },
          { days: EVERY_DAY, from: '00:00', to: '00:00', thresholds: [52, 55] },
        ],
        holidays: [],
        on_holidays: 'sunday',
      },
    },
  },
  {
    id: 'working-day-headroom',
    name: 'Working day LAeq,11h with headroom',
    description:
      'The limit is on the average of the whole day, 07:00 to 18:00. Warns while there is still something to be done: when what may be made for the rest of the day falls to the levels given.',
    rule: {
      name: 'Headroom of LAeq,11h 75 dB',
      metric: { kind: 'headroom', limit: 75 },
      comparison: 'below',
      levels: warnAndAlarm(73, 70),
      clear_margin: 1,
      schedule: { windows: [{ days: WEEKDAYS, from: '07:00', to: '18:00' }], holidays: [], on_holidays: 'off' },
    },
  },
  {
    id: 'day-30-minutes',
    name: 'Daytime LAeq,30min',
    description: 'Half hours on the clock, 07:00 to 19:00 except Sundays and holidays, at 75 dB at dwellings, as in Hong Kong.',
    rule: {
      name: 'LAeq,30min by day',
      metric: { kind: 'leq', seconds: 1800, mode: 'clock' },
      levels: warnAndAlarm(72, 75),
      schedule: { windows: [{ days: [1, 2, 3, 4, 5, 6], from: '07:00', to: '19:00' }], holidays: [], on_holidays: 'off' },
    },
  },
  {
    id: 'night-quarter-hour',
    name: 'Night, moving LAeq,15min',
    description: 'The last quarter of an hour, followed all night: told as it happens instead of when the quarter is over.',
    rule: {
      name: 'LAeq,15min at night',
      metric: { kind: 'leq', seconds: 900, mode: 'moving' },
      levels: warnAndAlarm(50, 55),
      clear_hold_s: 60,
      merge_s: 900,
      schedule: { windows: [{ days: EVERY_DAY, from: '22:00', to: '07:00' }], holidays: [], on_holidays: 'off' },
    },
  },
  {
    id: 'statutory-l5',
    name: 'L5 over ten minutes',
    description: 'The level exceeded for 5 % of ten minutes, as Japanese rules for construction and factories use it, at 85 dB.',
    rule: { name: 'L5,10min', metric: { kind: 'ln', percent: 5, seconds: 600 }, levels: warnAndAlarm(82, 85), merge_s: 600 },
  },
  {
    id: 'single-loud-event',
    name: 'Loud right now',
    description:
      'The level itself for five seconds: an impact, a dropped skip, music. Repetitions within five minutes are one event.',
    rule: {
      name: 'Loud right now',
      metric: { kind: 'lp' },
      levels: warnAndAlarm(85, 95),
      hold_s: 5,
      clear_hold_s: 10,
      merge_s: 300,
    },
  },
  {
    id: 'missing-readings',
    name: 'Readings are missing',
    description: 'Less than 90 % of the last hour is covered: the report of today would have a hole.',
    rule: {
      name: 'Coverage of the last hour',
      metric: { kind: 'coverage', seconds: 3600 },
      comparison: 'below',
      levels: [{ name: 'warn', threshold: 90 }],
      clear_margin: 5,
      merge_s: 3600,
    },
  },
  {
    id: 'meter-clock',
    name: 'Meter clock is wrong',
    description: 'The meter’s own clock is off by more than a minute, so its stored files carry wrong times.',
    rule: {
      name: 'Meter clock',
      metric: { kind: 'clock-offset-s' },
      levels: [{ name: 'warn', threshold: 60 }],
      cooldown_s: 86_400,
    },
  },
];
