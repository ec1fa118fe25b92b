import { expect, it } from 'vitest';
import { liveThroughDay } from './meter-day.ts';

/** `pnpm meter-day` lives through whole days of many meters. */
const HOURS = 8;

it('hours of random faults, orders and restarts leave one connection at a time, the rest of every meter, no hasty reconnect, no false frame, and all meters well', async () => {
  const { breaches, figures } = await liveThroughDay({ seed: 7, hours: HOURS, meters: 4 });
  expect(breaches).toEqual([]);
  expect(figures.mostConnections).toBe(1);
  expect(figures.leastGapMs).toBeGreaterThanOrEqual(1000);
  // It was no quiet day, and between the troubles next to nothing was missed.
  expect(figures.faults).toBeGreaterThan(100);
  expect(figures.attempts).toBeGreaterThan(300);
  expect(figures.restarts).toBeGreaterThan(0);
  expect(figures.coverage).toBeGreaterThan(0.999);
});
