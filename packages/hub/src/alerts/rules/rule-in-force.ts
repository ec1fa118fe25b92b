/** A wording of a rule and the time for which it counts. Editing a rule ends one wording and begins another, so that late readings are judged by what counted when they were made. */
import type { Rule } from './rule.ts';

export interface RuleInForce {
  readonly rule: Rule;
  /** IANA zone of the unit while this wording counted. */
  readonly zone: string;
  /** Readings before it are none of its business. */
  readonly sinceMs: number;
  /** Exclusive; `null` for the present wording. */
  readonly untilMs: number | null;
  /** Why it ended, and with it what it had open; `null` for the present wording. */
  readonly endReason: 'rule_changed' | 'rule_disabled' | null;
}

/** Wordings are told apart by these two. */
export const wordingKey = (rule: string, sinceMs: number): string => `${rule} ${sinceMs}`;

/** From when on it makes a difference that these wordings count instead of those; infinity for never. */
export function firstChangeMs(before: readonly RuleInForce[], after: readonly RuleInForce[]): number {
  const untilMs = new Map(before.map((one) => [wordingKey(one.rule.id, one.sinceMs), one.untilMs]));
  const changes = after.map((one) => {
    const formerMs = untilMs.get(wordingKey(one.rule.id, one.sinceMs));
    if (formerMs === undefined) return one.sinceMs;
    return formerMs === one.untilMs ? Number.POSITIVE_INFINITY : (one.untilMs ?? one.sinceMs);
  });
  return changes.reduce((first, one) => Math.min(first, one), Number.POSITIVE_INFINITY);
}
