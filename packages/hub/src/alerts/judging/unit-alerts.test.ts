import { describe, expect, it } from 'vitest';
import { frameAt, START_MS } from '../alert-example.ts';
import type { Observation } from './observation.ts';
import { ruleSchema, type RuleDraft } from '../rules/rule.ts';
import type { RuleInForce } from '../rules/rule-in-force.ts';
import { type AlertChange, emptyCheckpoint, UnitAlerts } from './unit-alerts.ts';

const frame = (second: number, levelDb: number): Observation => ({
  kind: 'frame',
  atMs: START_MS + second * 1000,
  frame: frameAt(second, levelDb),
});
const wording = (more: Partial<RuleDraft> = {}, time: Partial<RuleInForce> = {}): RuleInForce => ({
  rule: ruleSchema.parse({
    id: 'max',
    unit: 'u1',
    name: 'max',
    metric: { kind: 'lp' },
    levels: [{ name: 'warn', threshold: 70 }],
    ...more,
  }),
  zone: 'UTC',
  sinceMs: 0,
  untilMs: null,
  endReason: null,
  ...time,
});
const begun = (...wordings: RuleInForce[]): UnitAlerts => new UnitAlerts(wordings, emptyCheckpoint(0), []);
const told = (changes: readonly AlertChange[]): string[] =>
  changes.map(({ effect, story }) =>
    `${story.rule} ${effect.kind} ${(effect.atMs - START_MS) / 1000} ${story.endReason ?? ''}`.trim(),
  );

describe('all rules of a unit', () => {
  it('set a failing rule aside, say why, and go on with the others', () => {
    const broken: RuleInForce = { ...wording(), rule: { ...wording({ id: 'broken' }).rule, levels: undefined as never } };
    const alerts = begun(broken, wording());
    expect(told(alerts.observe(frame(1, 90)))).toEqual(['max onset 0']);
    expect(alerts.standing('broken')?.failure).not.toBeNull();
    expect(alerts.standing('max')?.failure).toBeNull();
    expect(alerts.failures().map(({ rule }) => rule)).toEqual(['broken']);
  });

  it('leave readings from before a rule was written alone', () => {
    const alerts = begun(wording({}, { sinceMs: START_MS + 10_000 }));
    expect(alerts.observe(frame(9, 90))).toEqual([]);
    expect(alerts.observe(frame(10, 90))).toHaveLength(1);
  });

  it('judge each reading by the wording that counted when it was made', () => {
    const changedMs = START_MS + 5_500;
    const alerts = begun(
      wording({}, { untilMs: changedMs, endReason: 'rule_changed' }),
      wording({ levels: [{ name: 'warn', threshold: 85 }] }, { sinceMs: changedMs }),
    );
    const changes = [4, 5, 6, 7].flatMap((second) => alerts.observe(frame(second, second === 7 ? 90 : 80)));
    expect(told(changes)).toEqual(['max onset 3', 'max clear 5.5 rule_changed', 'max onset 6']);
  });

  it('end a wording that is over although no reading comes to show it, and again from any position before it', () => {
    const over = wording({}, { untilMs: START_MS + 5_500, endReason: 'rule_disabled' });
    const alerts = begun(over);
    alerts.observe(frame(5, 80));
    expect(told(alerts.endWordings())).toEqual(['max clear 5.5 rule_disabled']);
    expect(alerts.frontierMs).toBe(START_MS + 5_500);
    const again = new UnitAlerts([over], alerts.checkpoint(), []);
    expect(told(again.endWordings())).toEqual(['max clear 5.5 rule_disabled']);
  });

  it('end what lived in a window that is over, and again from any position before it', () => {
    const schedule = { windows: [{ days: [1], from: '10:00', to: '10:01' }], holidays: [], on_holidays: 'off' as const };
    const alerts = begun(wording({ schedule }));
    alerts.observe(frame(50, 80));
    expect(told(alerts.advance(START_MS + 59_999))).toEqual([]);
    expect(told(alerts.advance(START_MS + 70_000))).toEqual(['max clear 60 window_end']);
    const again = new UnitAlerts([wording({ schedule })], alerts.checkpoint(), []);
    expect(told(again.advance(START_MS + 70_000))).toEqual(['max clear 60 window_end']);
  });

  it('know the peak of what is on without a step having told it', () => {
    const alerts = begun(wording());
    for (const [index, level] of [75, 82, 78].entries()) alerts.observe(frame(index + 1, level));
    expect(alerts.stories()).toMatchObject([{ status: 'active', onsetValue: 75, peakValue: 82, peakMs: START_MS + 2000 }]);
  });
});
