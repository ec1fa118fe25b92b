/** All rules, as people wrote them, and the wordings in which they counted before. One change at a time. Neighbours: engine.ts asks, alert-store.ts keeps. */
import type { AlertStore, FormerWording, RuleRecord } from './alert-store.ts';
import type { Rule } from './rules/rule.ts';
import type { RuleInForce } from './rules/rule-in-force.ts';

/** Late readings are judged by a former wording for so long after it ended; what comes later than that, no edge has kept. */
const KEEP_WORDINGS_MS = 100 * 86_400_000;
/** Most rules of one unit, so that a reading's cost stays known. */
const MAX_RULES_PER_UNIT = 50;

export class RuleBook {
  readonly #store: AlertStore;
  readonly #zoneOf: (unit: string) => string;
  readonly #rules = new Map<string, RuleRecord>();
  /** Rules that are switched on, by unit: they are asked for every second. */
  #enabled: ReadonlyMap<string, readonly Rule[]> = new Map();
  #former: FormerWording[] = [];
  #changes: Promise<unknown> = Promise.resolve();

  /** `zoneOf`: the present IANA zone of a unit. */
  constructor(store: AlertStore, zoneOf: (unit: string) => string) {
    this.#store = store;
    this.#zoneOf = zoneOf;
  }

  async load(nowMs: number): Promise<void> {
    await this.#store.forgetWordings({ beforeMs: nowMs - KEEP_WORDINGS_MS });
    for (const record of await this.#store.rules()) this.#rules.set(record.rule.id, record);
    this.#former = [...(await this.#store.formerWordings())];
    this.#index();
  }

  /** In the order in which they were first written. */
  records(): readonly RuleRecord[] {
    return [...this.#rules.values()].sort((a, b) => a.number - b.number);
  }

  record(id: string): RuleRecord | null {
    return this.#rules.get(id) ?? null;
  }

  rule(id: string): Rule | null {
    return this.#rules.get(id)?.rule ?? null;
  }

  /** Why there is no room for this rule, new or anew, beside the others of its unit; `null` where there is. */
  refusal({ id, unit }: Rule): string | null {
    let others = 0;
    for (const { rule } of this.#rules.values()) if (rule.unit === unit && rule.id !== id) others += 1;
    return others < MAX_RULES_PER_UNIT
      ? null
      : `Unit ${unit} has ${others} rules; more than ${MAX_RULES_PER_UNIT} are not evaluated.`;
  }

  /** Units that have rules, or had them. */
  units(): Set<string> {
    return new Set([...this.#former.map(({ rule }) => rule.unit), ...[...this.#rules.values()].map(({ rule }) => rule.unit)]);
  }

  /** Rules of a unit that are switched on. */
  enabled(unit: string): readonly Rule[] {
    return this.#enabled.get(unit) ?? [];
  }

  /** Every wording of this unit's rules with the time for which it counts, former ones included. */
  inForce(unit: string): RuleInForce[] {
    const zone = this.#zoneOf(unit);
    const present = this.enabled(unit).map((rule) => {
      const sinceMs = this.#rules.get(rule.id)?.sinceMs ?? 0;
      return { rule, zone, sinceMs, untilMs: null, endReason: null };
    });
    return [...this.#former.filter(({ rule }) => rule.unit === unit), ...present];
  }

  /** Writes a rule, new or anew, that counts from `sinceMs` on; its former wording stays for what comes late. */
  put(rule: Rule, sinceMs: number, legacy: RuleRecord['legacy']): Promise<RuleRecord> {
    return this.#change(async () => {
      const before = this.record(rule.id);
      const atMs = before === null ? sinceMs : Math.max(sinceMs, before.sinceMs + 1);
      const former = before === null ? null : this.#ended(before, atMs, rule.enabled ? 'rule_changed' : 'rule_disabled');
      const record = await this.#store.putRule(rule, atMs, legacy, former);
      this.#rules.set(rule.id, record);
      if (former !== null) this.#former.push(former);
      this.#index();
      return record;
    });
  }

  /** `null` where there is no such rule. */
  delete(id: string, atMs: number): Promise<RuleRecord | null> {
    return this.#change(async () => {
      const before = this.record(id);
      if (before === null) return null;
      const former = this.#ended(before, Math.max(atMs, before.sinceMs + 1), 'rule_disabled');
      await this.#store.deleteRule(id, former);
      this.#rules.delete(id);
      if (former !== null) this.#former.push(former);
      this.#index();
      return before;
    });
  }

  /** Rules of this unit that go by local time begin anew, because the unit's zone has changed. `zone` is the former one. */
  async rezone(unit: string, zone: string, atMs: number): Promise<void> {
    for (const before of this.records().filter(({ rule }) => rule.unit === unit && rule.enabled && isByLocalTime(rule))) {
      await this.#change(async () => {
        const sinceMs = Math.max(atMs, before.sinceMs + 1);
        const former = { ...this.#ended(before, sinceMs, 'rule_changed'), zone } as FormerWording;
        this.#rules.set(before.rule.id, await this.#store.putRule(before.rule, sinceMs, before.legacy, former));
        this.#former.push(former);
      });
    }
  }

  /** The unit is gone, and with it what was known of its former wordings. */
  forgetUnit(unit: string): Promise<void> {
    return this.#change(async () => {
      this.#former = this.#former.filter(({ rule }) => rule.unit !== unit);
      await this.#store.forgetWordings({ unit });
    });
  }

  #index(): void {
    const enabled = new Map<string, Rule[]>();
    for (const { rule } of this.#rules.values()) {
      const others = enabled.get(rule.unit);
      if (!rule.enabled) continue;
      if (others === undefined) enabled.set(rule.unit, [rule]);
      else others.push(rule);
    }
    this.#enabled = enabled;
  }

  #ended({ rule, sinceMs }: RuleRecord, untilMs: number, endReason: FormerWording['endReason']): FormerWording | null {
    return rule.enabled ? { rule, zone: this.#zoneOf(rule.unit), sinceMs, untilMs, endReason } : null;
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#changes.then(work);
    this.#changes = next.catch(() => undefined);
    return next;
  }
}

const isByLocalTime = (rule: Rule): boolean =>
  rule.schedule !== null || (rule.metric.kind === 'leq' && rule.metric.mode === 'clock');
