/**
 * Whether a person is told about a step in an event's life, and why. One pure function; its reason is stored, logged and shown.
 * Neighbours: alerts/engine asks for every effect and receiver, outbox.ts keeps what is to be sent.
 */
import type { Effect } from '../alerts/machine.ts';
import type { Rule } from '../alerts/rule.ts';
import { scheduleStatus } from '../alerts/schedule.ts';
import type { Receiver } from './receiver.ts';

/** What has to be known besides the step itself. */
export interface Circumstances {
  /** The event was found in data that came late: people are never woken for the past. */
  readonly late: boolean;
  /** Name of the silence or maintenance window that covers unit and rule; `null` for none. */
  readonly silencedBy: string | null;
  /** What is known to be broken above the unit (its edge), so that its alerts say nothing new; `null` for nothing. */
  readonly inhibitedBy: string | null;
  /** Whether this receiver was told of this event before, and the gravest level that was told. */
  readonly toldLevel: number | null;
  /** When this receiver was last told of an onset of this rule; `null` for never. */
  readonly lastOnsetToldMs: number | null;
  /** Times at which this receiver was sent something in the last hour, oldest first. */
  readonly sentMs: readonly number[];
}

export type DecisionReason =
  | 'first-notification'
  | 'graver-than-told'
  | 'end-of-what-was-told'
  | 'receiver-disabled'
  | 'late'
  | 'silenced'
  | 'inhibited'
  | 'cooldown'
  | 'not-graver-than-told'
  | 'milder'
  | 'never-told'
  | 'quiet-hours'
  | 'rate-cap';

export type Decision =
  | { readonly kind: 'send'; readonly reason: DecisionReason }
  | { readonly kind: 'wait'; readonly untilMs: number; readonly reason: DecisionReason }
  | { readonly kind: 'drop'; readonly reason: DecisionReason };

const HOUR_MS = 3_600_000;

/** Decides about one effect for one receiver at wall time `nowMs`. */
export function decide(effect: Effect, rule: Rule, receiver: Receiver, circumstances: Circumstances, nowMs: number): Decision {
  const worth = worthTelling(effect, rule, receiver, circumstances, nowMs);
  return worth.kind === 'send' ? timed(worth, effect, rule, receiver, circumstances, nowMs) : worth;
}

/** Is this news to this receiver at all? */
function worthTelling(effect: Effect, rule: Rule, receiver: Receiver, circumstances: Circumstances, nowMs: number): Decision {
  if (!receiver.enabled) return { kind: 'drop', reason: 'receiver-disabled' };
  if (circumstances.late) return { kind: 'drop', reason: 'late' };
  if (effect.kind === 'clear') {
    // Who was told of the beginning is told of the end, also inside a silence.
    return circumstances.toldLevel === null
      ? { kind: 'drop', reason: 'never-told' }
      : { kind: 'send', reason: 'end-of-what-was-told' };
  }
  if (circumstances.silencedBy !== null) return { kind: 'drop', reason: 'silenced' };
  if (circumstances.inhibitedBy !== null) return { kind: 'drop', reason: 'inhibited' };
  if (effect.kind === 'level-down') return { kind: 'drop', reason: 'milder' };
  if (circumstances.toldLevel !== null) {
    return effect.episode.level > circumstances.toldLevel
      ? { kind: 'send', reason: 'graver-than-told' }
      : { kind: 'drop', reason: 'not-graver-than-told' };
  }
  const cooling = circumstances.lastOnsetToldMs !== null && nowMs - circumstances.lastOnsetToldMs < rule.cooldown_s * 1000;
  // A cooldown is for repetitions: something graver than the mildest level is no repetition.
  if (cooling && effect.episode.level === 0) return { kind: 'drop', reason: 'cooldown' };
  return { kind: 'send', reason: 'first-notification' };
}

/** News, but perhaps not at this hour. */
function timed(
  decision: Decision,
  effect: Effect,
  rule: Rule,
  receiver: Receiver,
  circumstances: Circumstances,
  nowMs: number,
): Decision {
  const critical = rule.levels[effect.episode.level]?.name === 'critical';
  if (receiver.quiet_hours !== null && !critical) {
    const status = scheduleStatus(receiver.quiet_hours, receiver.zone, nowMs);
    if (status.open !== null) return { kind: 'wait', untilMs: status.open.endMs, reason: 'quiet-hours' };
  }
  const recent = circumstances.sentMs.filter((sentMs) => nowMs - sentMs < HOUR_MS);
  const oldest = recent[recent.length - receiver.max_per_hour];
  if (oldest !== undefined) return { kind: 'wait', untilMs: oldest + HOUR_MS, reason: 'rate-cap' };
  return decision;
}

/** The reason in words for a person. */
export function sentenceOfDecision(reason: DecisionReason): string {
  const sentences: Readonly<Record<DecisionReason, string>> = {
    'first-notification': 'first notification of this event',
    'graver-than-told': 'graver than what was told before',
    'end-of-what-was-told': 'end of an event that was told before',
    'receiver-disabled': 'the receiver is switched off',
    late: 'found in data that came late; people are not woken for the past',
    silenced: 'a silence or maintenance window covers it',
    inhibited: 'the edge above the unit is down, which is told instead',
    cooldown: 'within the cooldown after the last onset of this rule',
    'not-graver-than-told': 'not graver than what was told before',
    milder: 'it grew milder',
    'never-told': 'the event itself was never told to this receiver',
    'quiet-hours': 'waits for the end of the quiet hours',
    'rate-cap': 'waits because the receiver had the most notifications allowed in an hour',
  };
  return sentences[reason];
}
