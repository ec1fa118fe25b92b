import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Schedule, scheduleStatus } from './schedule.ts';

const every = [1, 2, 3, 4, 5, 6, 7];
const schedule = (windows: Schedule['windows'], more: Partial<Schedule> = {}): Schedule => ({
  windows,
  holidays: [],
  on_holidays: 'off',
  ...more,
});
const open = (one: Schedule, zone: string, instant: string): string | null => {
  const status = scheduleStatus(one, zone, Date.parse(instant));
  return status.open === null
    ? null
    : `${new Date(status.open.startMs).toISOString().slice(0, 16)} ${new Date(status.open.endMs).toISOString().slice(0, 16)}`;
};

/** The same question asked of the weekday and time that the platform shows in this zone. */
function isOnTheWall(windows: readonly { days: number[]; from: string; to: string }[], zone: string, atMs: number): boolean {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const shown = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const time = `${shown['hour'] ?? ''}:${shown['minute'] ?? ''}`;
  const today = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(shown['weekday'] ?? '') + 1;
  const yesterday = today === 1 ? 7 : today - 1;
  return windows.some(({ days, from, to }) =>
    from < to
      ? days.includes(today) && from <= time && time < to
      : (days.includes(today) && from <= time) || (days.includes(yesterday) && time < to),
  );
}

describe('scheduleStatus', () => {
  const night = schedule([{ days: every, from: '22:00', to: '07:00' }]);

  it('opens at the first instant and closes before the last', () => {
    const day = schedule([{ days: every, from: '07:00', to: '19:00' }]);
    expect(open(day, 'UTC', '2026-06-01T07:00:00Z')).toBe('2026-06-01T07:00 2026-06-01T19:00');
    expect(open(day, 'UTC', '2026-06-01T18:59:59.999Z')).not.toBeNull();
    expect(open(day, 'UTC', '2026-06-01T19:00:00Z')).toBeNull();
  });

  it('lets a night belong to the day on which it starts', () => {
    const friday = schedule([{ days: [5], from: '22:00', to: '07:00' }]);
    expect(open(friday, 'Europe/Berlin', '2026-06-06T03:00:00Z')).toBe('2026-06-05T20:00 2026-06-06T05:00');
    expect(open(friday, 'Europe/Berlin', '2026-06-05T03:00:00Z')).toBeNull();
  });

  it('has an eight-hour night in spring and a ten-hour night in autumn', () => {
    expect(open(night, 'Europe/Berlin', '2026-03-29T00:30:00Z')).toBe('2026-03-28T21:00 2026-03-29T05:00');
    expect(open(night, 'Europe/Berlin', '2026-10-25T01:30:00Z')).toBe('2026-10-24T20:00 2026-10-25T06:00');
  });

  it('takes from 00:00 to 00:00 as a whole day, 23 hours long where clocks go forward', () => {
    expect(open(schedule([{ days: [7], from: '00:00', to: '00:00' }]), 'Europe/Berlin', '2026-03-29T12:00:00Z')).toBe(
      '2026-03-28T23:00 2026-03-29T22:00',
    );
  });

  it('knows a zone with a half-hour shift', () => {
    const lordHowe = schedule([{ days: every, from: '01:00', to: '04:00' }]);
    expect(open(lordHowe, 'Australia/Lord_Howe', '2026-10-03T15:00:00Z')).toBe('2026-10-03T14:30 2026-10-03T17:00');
  });

  it('prefers the first window that contains the instant', () => {
    const two = schedule([
      { days: every, from: '12:00', to: '13:00' },
      { days: every, from: '07:00', to: '19:00' },
    ]);
    expect(scheduleStatus(two, 'UTC', Date.parse('2026-06-01T12:30:00Z')).open?.window).toBe(0);
    expect(scheduleStatus(two, 'UTC', Date.parse('2026-06-01T13:30:00Z')).open?.window).toBe(1);
  });

  it('is closed on a holiday, or keeps its Sunday', () => {
    const windows = [
      { days: [7], from: '08:00', to: '10:00' },
      { days: [1, 2, 3, 4, 5], from: '07:00', to: '19:00' },
    ];
    const friday = '2026-12-25T09:00:00Z';
    expect(open(schedule(windows, { holidays: ['2026-12-25'] }), 'UTC', friday)).toBeNull();
    expect(open(schedule(windows, { holidays: ['2026-12-25'], on_holidays: 'sunday' }), 'UTC', friday)).toBe(
      '2026-12-25T08:00 2026-12-25T10:00',
    );
  });

  it('is open when the clock on the wall says so, whatever the clocks did that day', () => {
    const windows = [
      { days: [1, 3, 6], from: '22:00', to: '06:30' },
      { days: [2, 7], from: '07:00', to: '12:15' },
    ];
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu');
    const nearChange = fc.constantFrom('2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01');
    const minutes = fc.integer({ min: -2 * 1440, max: 2 * 1440 });
    fc.assert(
      fc.property(zone, nearChange, minutes, (zoneName, day, offset) => {
        const atMs = Date.parse(`${day}T00:00:00Z`) + offset * 60_000;
        expect(scheduleStatus(schedule(windows), zoneName, atMs).open !== null).toBe(isOnTheWall(windows, zoneName, atMs));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives one answer for the whole time that it says it is good for', () => {
    const mixed = schedule(
      [
        { days: [1, 3, 6], from: '22:00', to: '06:30' },
        { days: every, from: '07:00', to: '12:15' },
      ],
      { holidays: ['2026-03-30'] },
    );
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu');
    const instant = fc.integer({ min: Date.UTC(2026, 2, 20), max: Date.UTC(2026, 3, 20) });
    fc.assert(
      fc.property(zone, instant, fc.double({ min: 0, max: 0.999_999, noNaN: true }), (zoneName, atMs, share) => {
        const status = scheduleStatus(mixed, zoneName, atMs);
        expect(status.untilMs).toBeGreaterThan(atMs);
        const laterMs = Math.floor(atMs + (status.untilMs - atMs) * share);
        expect(scheduleStatus(mixed, zoneName, laterMs).open).toEqual(status.open);
      }),
    );
  });
});
