import { expect, it } from 'vitest';
import { type RelayMoment, whyNoRelay } from './relay.ts';

const RULES = { everyMs: 3_600_000, whileMeasuring: false };
const moment = (change: Partial<RelayMoment> = {}): RelayMoment => ({ lastMs: null, nowMs: 10_000_000, run: 'Stop', ...change });

it('may be used for a meter that is known to have stopped', () => {
  expect(whyNoRelay(RULES, moment())).toBeNull();
});

it('may not be used while a measurement runs, or may run, unless that is allowed', () => {
  expect(whyNoRelay(RULES, moment({ run: 'Start' }))).toContain('would end the measurement');
  expect(whyNoRelay(RULES, moment({ run: 'unknown' }))).toContain('not known');
  expect(whyNoRelay({ ...RULES, whileMeasuring: true }, moment({ run: 'Start' }))).toBeNull();
});

it('may be used only so often, whatever the wall clock does', () => {
  expect(whyNoRelay(RULES, moment({ lastMs: 10_000_000 - 3_599_999 }))).toContain('once in 60 min');
  expect(whyNoRelay(RULES, moment({ lastMs: 10_000_000 - 3_600_000 }))).toBeNull();
  expect(whyNoRelay(RULES, moment({ lastMs: 11_000_000 }))).toContain('once in 60 min');
});
