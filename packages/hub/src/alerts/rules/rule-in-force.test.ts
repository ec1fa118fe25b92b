import { describe, expect, it } from 'vitest';
import { ruleSchema } from './rule.ts';
import { firstChangeMs, type RuleInForce } from './rule-in-force.ts';

const wording = (id: string, sinceMs: number, untilMs: number | null = null): RuleInForce => ({
  rule: ruleSchema.parse({ id, unit: 'u1', name: id, metric: { kind: 'lp' }, levels: [{ name: 'warn', threshold: 70 }] }),
  zone: 'UTC',
  sinceMs,
  untilMs,
  endReason: untilMs === null ? null : 'rule_changed',
});

describe('other wordings make a difference', () => {
  it.each([
    ['never, when they are the same', [wording('a', 1)], [wording('a', 1)], Number.POSITIVE_INFINITY],
    ['from when a new rule counts', [wording('a', 1)], [wording('a', 1), wording('b', 50)], 50],
    ['from when a rule was changed', [wording('a', 1)], [wording('a', 1, 40), wording('a', 40)], 40],
    ['from when a rule was deleted', [wording('a', 1), wording('b', 1)], [wording('a', 1, 30), wording('b', 1)], 30],
    ['not by those that are forgotten', [wording('a', 1, 9), wording('a', 9)], [wording('a', 9)], Number.POSITIVE_INFINITY],
  ])('%s', (_name, before, after, expected) => {
    expect(firstChangeMs(before, after)).toBe(expected);
  });
});
