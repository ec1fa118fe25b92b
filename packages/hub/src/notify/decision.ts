/**
 * Whether a person is told of an event as it stands now, and why (not). One pure function, asked whenever the event or the circumstances have changed;
 * its reason is stored with the event, logged and shown. Neighbours: teller.ts asks for every event and receiver, outbox.ts sends what comes of it.
 */
import { gravityOf } from '../alerts/rules/rule.ts';
import { scheduleStatus } from '../alerts/rules/schedule.ts';
import type { Receiver } from './receiver.ts';

/** What one receiver was told of one event, and the newest decision. Kept in the event's record, written together with the messages themselves. */
export interface Telling {
  /** How many messages there were; the next one's id follows from it. */
  readonly messages: number;
  /** The gravest level that was told since the event was last told to have begun; `null`: nothing yet. */
  readonly level: string | null;
  /** Its end was told. */
  readonly ended: boolean;
  readonly reason: DecisionReason;
  /** When this was decided (hub time). */
  readonly atMs: number;
  /** It waits for better times, which begin then at the latest; `null` where nobody knows when. */
  readonly waits: { readonly untilMs: number | null } | null;
}

/** The event as far as telling is concerned. */
export interface EventAtHand {
  readonly status: 'active' | 'cleared' | 'superseded';
  readonly level: string | null;
  readonly gravest: string | null;
  readonly late: boolean;
  readonly clearMs: number | null;
  readonly endReason: string | null;
}

/** What the rule says about telling. */
export interface RuleManners {
  /** Name of the mildest level. */
  readonly mildest: string;
  readonly cooldownMs: number;
  readonly mergeMs: number;
}

/** What has to be known besides event, rule and receiver. */
export interface Circumstances {
  readonly nowMs: number;
  /** End of the silence or maintenance window that covers unit and rule; `null` for none. */
  readonly silencedUntilMs: number | null;
  /** What is known to be broken above the unit (its edge, the hub's broker), so that its events say nothing new; `null` for nothing. */
  readonly inhibitedBy: string | null;
  /** When this receiver was last told of an onset of this rule; `null` for never. */
  readonly lastOnsetToldMs: number | null;
  /** Times at which this receiver was sent a message in the last hour, oldest first. */
  readonly sentMs: readonly number[];
  /** A message about this site is being gathered for this receiver: what joins it is none more. */
  readonly joins: boolean;
}

export type DecisionReason =
  | 'first-notification'
  | 'graver-than-told'
  | 'goes-on-after-its-end'
  | 'end-of-what-was-told'
  | 'receiver-disabled'
  | 'receiver-gone'
  | 'late'
  | 'silenced'
  | 'inhibited'
  | 'cooldown'
  | 'not-graver-than-told'
  | 'end-told'
  | 'over-before-told'
  | 'may-go-on'
  | 'quiet-hours'
  | 'rate-cap';

/** What a message tells of an event. */
export type ToldStep = 'onset' | 'level-up' | 'reopen' | 'clear';

export type Decision =
  | { readonly kind: 'tell'; readonly step: ToldStep; readonly reason: DecisionReason }
  /** Not now: look again then, or when silences or connections change. */
  | { readonly kind: 'wait'; readonly untilMs: number | null; readonly reason: DecisionReason }
  /** Nothing, until the event itself changes. */
  | { readonly kind: 'rest'; readonly reason: DecisionReason };

const HOUR_MS = 3_600_000;

/** Decides about one event for one receiver. `telling` is `null` when this is the first look at it. */
export function decide(
  event: EventAtHand,
  rule: RuleManners,
  receiver: Receiver,
  telling: Telling | null,
  circumstances: Circumstances,
): Decision {
  if (event.late) return { kind: 'rest', reason: 'late' };
  const heard = telling !== null && telling.level !== null ? telling : null;
  return event.status === 'active'
    ? aboutWhatIsOn(event, rule, receiver, heard, circumstances)
    : aboutWhatIsOver(event, rule, receiver, telling, circumstances);
}

function aboutWhatIsOn(
  event: EventAtHand,
  rule: RuleManners,
  receiver: Receiver,
  heard: Telling | null,
  circumstances: Circumstances,
): Decision {
  if (heard !== null && !heard.ended && gravityOf(event.level) <= gravityOf(heard.level))
    return { kind: 'rest', reason: 'not-graver-than-told' };
  const news: Decision =
    heard === null
      ? { kind: 'tell', step: 'onset', reason: 'first-notification' }
      : heard.ended
        ? { kind: 'tell', step: 'reopen', reason: 'goes-on-after-its-end' }
        : { kind: 'tell', step: 'level-up', reason: 'graver-than-told' };
  return keptBack(event, rule, receiver, heard, circumstances) ?? untimely(event.level, receiver, circumstances) ?? news;
}

function aboutWhatIsOver(
  event: EventAtHand,
  rule: RuleManners,
  receiver: Receiver,
  telling: Telling | null,
  circumstances: Circumstances,
): Decision {
  if (telling === null) {
    // It is over before anybody looked at it, as after a crash: told unless there is a reason against it, which is then the last word.
    const against = keptBack(event, rule, receiver, null, circumstances) ?? untimely(event.gravest, receiver, circumstances);
    return against === null
      ? { kind: 'tell', step: 'onset', reason: 'first-notification' }
      : { kind: 'rest', reason: against.reason };
  }
  if (telling.level === null) return { kind: 'rest', reason: telling.waits === null ? telling.reason : 'over-before-told' };
  if (telling.ended) return { kind: 'rest', reason: 'end-told' };
  if (!receiver.enabled) return { kind: 'rest', reason: 'receiver-disabled' };
  const patienceMs = event.endReason === 'recovered' ? rule.mergeMs : 0;
  const finalMs = (event.clearMs ?? 0) + patienceMs;
  if (patienceMs > 0 && circumstances.nowMs < finalMs) return { kind: 'wait', untilMs: finalMs, reason: 'may-go-on' };
  // Who was told of the beginning is told of the end, also inside a silence; at night as urgently as of the beginning.
  return untimely(telling.level, receiver, circumstances) ?? { kind: 'tell', step: 'clear', reason: 'end-of-what-was-told' };
}

type Against = Exclude<Decision, { readonly kind: 'tell' }>;

/** Why the beginning or the growth of an event is kept from this receiver; `null` for no reason. */
function keptBack(
  event: EventAtHand,
  rule: RuleManners,
  receiver: Receiver,
  heard: Telling | null,
  { nowMs, silencedUntilMs, inhibitedBy, lastOnsetToldMs }: Circumstances,
): Against | null {
  if (!receiver.enabled) return { kind: 'rest', reason: 'receiver-disabled' };
  if (silencedUntilMs !== null) return { kind: 'wait', untilMs: silencedUntilMs, reason: 'silenced' };
  if (inhibitedBy !== null) return { kind: 'wait', untilMs: null, reason: 'inhibited' };
  // A cooldown is for repetitions: something graver than the mildest level is none, nor is the growth of what was told.
  const repeats = (heard === null || heard.ended) && gravityOf(event.level) <= gravityOf(rule.mildest);
  const cooledMs = (lastOnsetToldMs ?? Number.NEGATIVE_INFINITY) + rule.cooldownMs;
  return repeats && nowMs < cooledMs ? { kind: 'wait', untilMs: cooledMs, reason: 'cooldown' } : null;
}

/** News, but not at this hour, or not in this hour any more. */
function untimely(level: string | null, receiver: Receiver, { nowMs, sentMs, joins }: Circumstances): Against | null {
  if (receiver.quiet_hours !== null && level !== 'critical') {
    const { open } = scheduleStatus(receiver.quiet_hours, receiver.zone, nowMs);
    if (open !== null) return { kind: 'wait', untilMs: open.untilMs, reason: 'quiet-hours' };
  }
  if (joins) return null;
  const recent = sentMs.filter((oneMs) => nowMs - oneMs < HOUR_MS);
  const oldest = recent[recent.length - receiver.max_per_hour];
  return oldest === undefined ? null : { kind: 'wait', untilMs: oldest + HOUR_MS, reason: 'rate-cap' };
}

/** The reason in words for a person. */
export function sentenceOfDecision(reason: string): string {
  return SENTENCES[reason as DecisionReason] ?? reason;
}

const SENTENCES: Readonly<Record<DecisionReason, string>> = {
  'first-notification': 'first notification of this event',
  'graver-than-told': 'graver than what was told before',
  'goes-on-after-its-end': 'it goes on after its end had been told',
  'end-of-what-was-told': 'end of an event that was told before',
  'receiver-disabled': 'the receiver is switched off',
  'receiver-gone': 'the receiver was deleted',
  late: 'found in data that came late, when it was over: people are not woken for the past',
  silenced: 'a silence or maintenance window covers it',
  inhibited: 'what stands above the unit is down, which is told instead',
  cooldown: 'within the cooldown after the last onset of this rule that was told',
  'not-graver-than-told': 'everything worth telling was told',
  'end-told': 'its end was told',
  'over-before-told': 'it was over before it could be told',
  'may-go-on': 'its end is told when it can no longer go on',
  'quiet-hours': 'waits for the end of the quiet hours',
  'rate-cap': 'waits because the receiver had the most messages allowed in an hour',
};
