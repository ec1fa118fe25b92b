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
