import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventRecord } from './event-record.ts';
import type { Observation } from './metric.ts';
import { reconcile } from './reconcile.ts';
import { ruleSchema } from './rule.ts';
import { longestMemoryMs, type RuleInForce, UnitAlerts, type UnitCheckpoint } from './unit-alerts.ts';

const START_MS = Date.parse('2026-06-01T10:00:00Z');
const rules: RuleInForce[] = [
  { id: 'lp', metric: { kind: 'lp' }, hold_s: 3, clear_hold_s: 2 },
  {
    id: 'leq',
    metric: { kind: 'leq', seconds: 20, mode: 'moving' },
    levels: [
      { name: 'warn', threshold: 65 },
      { name: 'alarm', threshold: 75 },
    ],
  },
  { id: 'max', metric: { kind: 'interval', of: 'lmax' }, merge_s: 5 },
  { id: 'clock', metric: { kind: 'leq', seconds: 30, mode: 'clock' }, clear_margin: 0 },
].map((more) => ({
  sinceMs: 0,
  rule: ruleSchema.parse({ unit: 'u1', name: more.id, levels: [{ name: 'warn', threshold: 70 }], ...more }),
}));

function frame(second: number, levelDb: number): Observation {
  const atMs = START_MS + second * 1000;
  return {
    kind: 'frame',
    atMs,
    frame: {
      v: 1,
      unit: 'u1',
      epoch: '01TESTEPOCH',
      seq: second,
      at: new Date(atMs).toISOString(),
      src: 'drd',
      run: 'Start',
      lp: levelDb,
      leq: null,
      le: null,
      lmax: null,
      lmin: null,
      lpeak: null,
      ln: [null, null, null, null, null],
      lieq: null,
      leqmov: null,
      ltm5: null,
      over: false,
      under: false,
      interval: { s: 1, leq: levelDb, lmax: levelDb, lmin: levelDb, lpeak: levelDb, basis: 'drd', ticks: 10 },
      settings: null,
    },
  };
}

/** What a history says of a run: everything that does not depend on when it was found. */
const told = (records: Iterable<EventRecord>): string[] =>
  [...records]
    .filter((record) => record.status !== 'superseded')
    .map(
      (r) =>
        `${r.id} ${r.gravest ?? ''} ${r.onsetMs} ${r.clearMs ?? 'open'} ${r.endReason ?? ''} ${r.peakValue ?? ''} ${r.peakMs ?? ''} ${r.count}`,
    )
    .sort();

const latest = (alerts: UnitAlerts, observations: readonly Observation[]): Map<string, EventRecord> => {
  const records = new Map<string, EventRecord>();
  for (const one of observations) for (const change of alerts.observe(one, false)) records.set(change.record.id, change.record);
  return records;
};

describe('all rules of a unit', () => {
  it('tells the same story after the backfill as an undisturbed run, whatever was missing', () => {
    const levels = fc.array(fc.integer({ min: 55, max: 85 }), { minLength: 60, maxLength: 200 });
    const outage = fc.record({ from: fc.nat(180), length: fc.integer({ min: 1, max: 90 }) });
    fc.assert(
      fc.property(levels, outage, (values, hole) => {
        const all = values.map((value, index) => frame(index + 1, value));
        const missing = (one: Observation, index: number): boolean => index >= hole.from && index < hole.from + hole.length;
        const expected = told(latest(new UnitAlerts(rules, 'UTC', null, []), all).values());

        // Live: what lies in the outage does not come; a checkpoint is taken where the gap begins.
        const live = new UnitAlerts(rules, 'UTC', null, []);
        const recorded = new Map<string, EventRecord>();
        let gap: UnitCheckpoint | null = null;
        let open: EventRecord[] = [];
        for (const [index, one] of all.entries()) {
          if (missing(one, index)) continue;
          if (gap === null && index >= hole.from) {
            gap = live.checkpoint();
            open = [...recorded.values()].filter((record) => record.status === 'active');
          }
          for (const change of live.observe(one, false)) recorded.set(change.record.id, change.record);
        }
        // Backfill: told again from the gap on, then compared with what stands written.
        const from = gap ?? live.checkpoint();
        const openNow = gap === null ? [...recorded.values()].filter((record) => record.status === 'active') : open;
        const past = all.filter((one) => one.atMs <= from.atMs && one.atMs > from.atMs - longestMemoryMs(rules));
        const again = new UnitAlerts(rules, 'UTC', from, past, openNow);
        const derived = new Map(openNow.map((record) => [record.id, record]));
        for (const [id, record] of latest(
          again,
          all.filter((one) => one.atMs > from.atMs),
        ))
          derived.set(id, record);
        const touched = [...recorded.values()].filter(
          (record) =>
            record.status === 'active' ||
            (record.clearMs ?? 0) > from.atMs ||
            record.onsetMs > from.atMs ||
            derived.has(record.id),
        );
        for (const record of reconcile(touched, [...derived.values()]).put) recorded.set(record.id, record);
        expect(told(recorded.values())).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('sets a failing rule aside, says why, and goes on with the others', () => {
    const broken: RuleInForce = {
      sinceMs: 0,
      rule: { ...(rules[0] as RuleInForce).rule, id: 'broken', levels: undefined as never },
    };
    const alerts = new UnitAlerts([broken, rules[2] as RuleInForce], 'UTC', null, []);
    expect(alerts.observe(frame(1, 90), false).map((change) => change.rule.id)).toEqual(['max']);
    expect(alerts.standing('broken')?.failure).not.toBeNull();
    expect(alerts.standing('max')?.failure).toBeNull();
  });

  it('leaves readings from before a rule was written alone', () => {
    const later: RuleInForce = { ...(rules[2] as RuleInForce), sinceMs: START_MS + 10_000 };
    const alerts = new UnitAlerts([later], 'UTC', null, []);
    expect(alerts.observe(frame(9, 90), false)).toEqual([]);
    expect(alerts.observe(frame(10, 90), false)).toHaveLength(1);
  });
});
