/** The schemes that come with the hub. National rules with more to them than windows and limits are added as schemes of their own, by whoever needs them. */
import type { PeriodWindow, Rating, Scheme } from './scheme.ts';

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const WEEKDAYS = [1, 2, 3, 4, 5];

/** Where the day, the evening and the night begin, and what is added to their levels. */
export interface DayParts {
  readonly day: string;
  readonly evening: string;
  readonly night: string;
  readonly eveningPenaltyDb: number;
  readonly nightPenaltyDb: number;
}

/** Directive 2002/49/EC, Annex I: 07-19, 19-23, 23-07; members may shorten the evening, and the weights follow the hours. */
export const END_PARTS: DayParts = { day: '07:00', evening: '19:00', night: '23:00', eveningPenaltyDb: 5, nightPenaltyDb: 10 };

function dayPartWindows(parts: DayParts): PeriodWindow[] {
  const window = (name: string, from: string, to: string): PeriodWindow => ({ name, days: EVERY_DAY, from, to, limits: [] });
  return [
    window('Lday', parts.day, parts.evening),
    window('Levening', parts.evening, parts.night),
    window('Lnight', parts.night, parts.day),
  ];
}

function lden(parts: DayParts): Rating {
  return {
    name: 'Lden',
    parts: [
      { from: parts.day, to: parts.evening, penalty_db: 0 },
      { from: parts.evening, to: parts.night, penalty_db: parts.eveningPenaltyDb },
      { from: parts.night, to: parts.day, penalty_db: parts.nightPenaltyDb },
    ],
    limits: [],
  };
}

/** Day 07-22, night 22-07 with 10 dB (US EPA, FAA, HUD). */
const LDN: Rating = {
  name: 'Ldn',
  parts: [
    { from: '07:00', to: '22:00', penalty_db: 0 },
    { from: '22:00', to: '07:00', penalty_db: 10 },
  ],
  limits: [],
};

/** What is answered when no scheme is asked for: day, evening and night by `parts`, with Lden and Ldn. */
export function generalScheme(parts: DayParts): Scheme {
  return {
    id: 'general',
    title: 'Day, evening and night, with Lden and Ldn',
    windows: dayPartWindows(parts),
    ratings: [lden(parts), LDN],
  };
}

export const SHIPPED_SCHEMES: readonly Scheme[] = [
  generalScheme(END_PARTS),
  {
    id: 'end',
    title: 'Directive 2002/49/EC, Annex I; of one day, where the indicator is a mean over a year',
    windows: dayPartWindows(END_PARTS),
    ratings: [lden(END_PARTS)],
  },
  {
    id: 'us-ldn',
    title: 'US day-night average sound level',
    windows: [
      { name: 'Lday', days: EVERY_DAY, from: '07:00', to: '22:00', limits: [] },
      { name: 'Lnight', days: EVERY_DAY, from: '22:00', to: '07:00', limits: [] },
    ],
    ratings: [LDN],
  },
  {
    id: 'construction-11h',
    title: 'Construction: Leq,11h on weekdays and Leq,5h on Saturdays (after UK SI 2020/511, schedule 2, paragraph 21)',
    windows: [
      {
        name: 'weekday',
        days: WEEKDAYS,
        from: '07:00',
        to: '18:30',
        limits: [{ of: 'leq', limit_db: 65, t: 11 * 3600, mode: 'moving', note: 'Leq,11h, the loudest 11 h of the window' }],
      },
      {
        name: 'saturday',
        days: [6],
        from: '08:00',
        to: '13:00',
        limits: [{ of: 'leq', limit_db: 65, t: 5 * 3600, mode: 'moving', note: 'Leq,5h' }],
      },
    ],
    ratings: [],
  },
  {
    id: 'construction-15min',
    title:
      'Construction: LAeq,15min in standard hours (after the NSW Interim Construction Noise Guideline, highly noise affected)',
    windows: [
      {
        name: 'weekday',
        days: WEEKDAYS,
        from: '07:00',
        to: '18:00',
        limits: [{ of: 'leq', limit_db: 75, t: 900, mode: 'clock', note: 'LAeq,15min' }],
      },
      {
        name: 'saturday',
        days: [6],
        from: '08:00',
        to: '13:00',
        limits: [{ of: 'leq', limit_db: 75, t: 900, mode: 'clock', note: 'LAeq,15min' }],
      },
    ],
    ratings: [],
  },
];
