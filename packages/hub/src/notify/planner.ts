/**
 * From a step in an event's life to entries in the outbox, one per receiver and channel. Holds what was told lately, so that deciding needs no query.
 * Neighbours: decision.ts weighs, alerts/engine.ts asks, outbox.ts sends what is due.
 */
import { createHash } from 'node:crypto';
import type { OutboxEntry, Silence } from '../alerts/alert-store.ts';
import type { Effect } from '../alerts/machine.ts';
import type { Rule } from '../alerts/rule.ts';
import { decide } from './decision.ts';
import type { Receiver } from './receiver.ts';

const HOUR_MS = 3_600_000;
/** Receivers' memories: per receiver the last so many, which is more than any rate cap allows in an hour. */
const MAX_SENT = 1000;
/** Events whose telling is remembered; more than are ever open at once, oldest forgotten first. */
const MAX_TOLD = 50_000;

/** What is known around a unit when a step is weighed. */
export interface PlanContext {
  readonly edge: string | null;
  /** Sentence for what is broken above the unit; `null` for nothing. */
  readonly inhibitedBy: string | null;
  readonly late: boolean;
}

interface Suppressed {
  readonly effect: Effect;
  readonly rule: Rule;
  readonly edge: string | null;
}

/** Sentence for what is broken above a unit; `null` for nothing. */
export type Inhibition = (rule: Rule) => string | null;

export class NotificationPlanner {
  #receivers = new Map<string, Receiver>();
  #silences: readonly Silence[] = [];
  /** Gravest level that was told, by event and receiver. */
  readonly #told = new Map<string, number>();
  /** Last onset that was told, by rule and receiver. */
  readonly #lastOnsetMs = new Map<string, number>();
  readonly #sentMs = new Map<string, number[]>();
  /** Onsets that a silence or something broken above kept back, by event: told when that ends if they are still on. */
  readonly #suppressed = new Map<string, Suppressed>();

  /** Takes the newest receivers and silences. */
  configure(receivers: readonly Receiver[], silences: readonly Silence[]): void {
    this.#receivers = new Map(receivers.map((receiver) => [receiver.id, receiver]));
    this.#silences = silences;
  }

  /** Learns again after a restart what was told before. */
  remember(entries: readonly OutboxEntry[]): void {
    for (const entry of [...entries].sort((a, b) => a.createdMs - b.createdMs)) if (entry.state !== 'dropped') this.#note(entry);
  }

  /** Entries for one step. What is decided against is in no entry; `reasons` says why, by receiver, for the log and the page. */
  plan(
    effect: Effect,
    rule: Rule,
    context: PlanContext,
    nowMs: number,
  ): { readonly entries: OutboxEntry[]; readonly reasons: ReadonlyMap<string, string> } {
    const entries: OutboxEntry[] = [];
    const reasons = new Map<string, string>();
    const silence = this.#silenceOver(rule, nowMs);
    for (const id of rule.notify) {
      const receiver = this.#receivers.get(id);
      if (receiver === undefined) continue;
      const decision = decide(
        effect,
        rule,
        receiver,
        {
          late: context.late,
          silencedBy: silence?.reason ?? null,
          inhibitedBy: context.inhibitedBy,
          toldLevel: this.#told.get(`${effect.episode.id}/${id}`) ?? null,
          lastOnsetToldMs: this.#lastOnsetMs.get(`${rule.id}/${id}`) ?? null,
          sentMs: this.#sentMs.get(id) ?? [],
        },
        nowMs,
      );
      reasons.set(id, decision.reason);
      if (decision.kind === 'drop') continue;
      // The end of an event that may yet go on is told when it can no longer.
      const patienceS = effect.kind === 'clear' ? (effect.reason === 'recovered' ? rule.merge_s : 0) : receiver.group_wait_s;
      const dueMs = Math.max(decision.kind === 'wait' ? decision.untilMs : 0, nowMs + patienceS * 1000);
      for (const channel of receiver.channels.keys()) {
        entries.push(entryOf(effect, rule, context.edge, receiver, channel, nowMs, dueMs, decision.reason));
      }
    }
    for (const entry of entries) this.#note(entry);
    if (effect.kind === 'clear') this.#suppressed.delete(effect.episode.id);
    else if ((silence !== null || context.inhibitedBy !== null) && !context.late)
      this.#suppressed.set(effect.episode.id, { effect, rule, edge: context.edge });
    return { entries, reasons };
  }

  /** Learns again after a restart of an event that is on and that a silence may have kept back; whoever was told of it is not told again. */
  rememberOpen(effect: Exclude<Effect, { kind: 'clear' }>, rule: Rule, edge: string | null): void {
    const wasSilenced = this.#silences.some((silence) => covers(silence, rule, effect.atMs));
    if (wasSilenced) this.#suppressed.set(effect.episode.id, { effect, rule, edge });
  }

  /** Onsets that were kept back and are still on now that nothing keeps them back. */
  afterSilences(nowMs: number, inhibition: Inhibition): OutboxEntry[] {
    const entries: OutboxEntry[] = [];
    for (const [event, one] of this.#suppressed) {
      if (this.#silenceOver(one.rule, nowMs) !== null || inhibition(one.rule) !== null) continue;
      this.#suppressed.delete(event);
      // To whoever has heard nothing of it yet it begins now, however it went on meanwhile.
      const effect = one.effect.kind === 'level-down' ? { ...one.effect, kind: 'onset' as const } : one.effect;
      entries.push(...this.plan(effect, one.rule, { edge: one.edge, inhibitedBy: null, late: false }, nowMs).entries);
    }
    return entries;
  }

  receiver(id: string): Receiver | null {
    return this.#receivers.get(id) ?? null;
  }

  #silenceOver(rule: Rule, nowMs: number): Silence | null {
    return this.#silences.find((silence) => covers(silence, rule, nowMs)) ?? null;
  }

  #note(entry: OutboxEntry): void {
    const key = `${entry.event}/${entry.receiver}`;
    if (entry.step !== 'clear') {
      this.#told.set(key, Math.max(entry.level, this.#told.get(key) ?? -1));
      if (entry.rule !== null) this.#lastOnsetMs.set(`${entry.rule}/${entry.receiver}`, entry.createdMs);
    }
    while (this.#told.size > MAX_TOLD) {
      const oldest = this.#told.keys().next();
      if (oldest.done === true) break;
      this.#told.delete(oldest.value);
    }
    if (entry.channel !== 0) return;
    const sent = (this.#sentMs.get(entry.receiver) ?? []).filter((sentMs) => entry.createdMs - sentMs < HOUR_MS);
    this.#sentMs.set(entry.receiver, [...sent, entry.createdMs].slice(-MAX_SENT));
  }
}

function covers(silence: Silence, rule: Rule, atMs: number): boolean {
  return (
    silence.fromMs <= atMs &&
    atMs < silence.toMs &&
    (silence.unit === null || silence.unit === rule.unit) &&
    (silence.rule === null || silence.rule === rule.id)
  );
}

function entryOf(
  effect: Effect,
  rule: Rule,
  edge: string | null,
  receiver: Receiver,
  channel: number,
  nowMs: number,
  dueMs: number,
  reason: string,
): OutboxEntry {
  const step = effect.kind;
  return {
    id: notificationId(effect, receiver.id, channel),
    event: effect.episode.id,
    unit: rule.unit,
    edge,
    rule: rule.id,
    receiver: receiver.id,
    channel,
    step,
    level: effect.episode.level,
    createdMs: nowMs,
    dueMs,
    attempts: 0,
    state: 'waiting',
    reason,
    detail: null,
    endedMs: null,
    message: null,
  };
}

/** The same step to the same receiver on the same channel has the same id, however often it is decided: so a restart tells nobody twice. */
export function notificationId(effect: Effect, receiver: string, channel: number): string {
  const parts = [effect.episode.id, effect.kind, effect.episode.level, effect.episode.count, receiver, channel].join('\n');
  return `ntf_${createHash('sha256').update(parts).digest('base64url').slice(0, 27)}`;
}
