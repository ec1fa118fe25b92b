/** One rule's calendar in one zone, asked at every reading: which window counts, and with which thresholds. Neighbour: schedule.ts. */
import type { Rule } from './rule.ts';
import { type OpenWindow, scheduleStatus, type ScheduleStatus } from './schedule.ts';

export interface Calendar {
  /** `'always'` without a schedule. */
  window(atMs: number): OpenWindow | 'always' | null;
  thresholds(window: OpenWindow | 'always' | null): readonly number[];
}

/** Answers are good for hours, so the last one is kept. */
export function createCalendar(rule: Rule, zone: string): Calendar {
  const own = rule.levels.map((level) => level.threshold);
  let status: (ScheduleStatus & { readonly fromMs: number }) | null = null;
  return {
    window(atMs) {
      if (rule.schedule === null) return 'always';
      if (status === null || atMs < status.fromMs || atMs >= status.untilMs)
        status = { ...scheduleStatus(rule.schedule, zone, atMs), fromMs: atMs };
      return status.open;
    },
    thresholds: (window) =>
      window === null || window === 'always' ? own : (rule.schedule?.windows[window.window]?.thresholds ?? own),
  };
}
