/** What the bus hears of alerts: each step as it happens, and the present state of every rule, retained. Neighbours: commit-queue.ts tells, hub-bus.ts carries. */
import { type AlertEvent, type AlertState, topics } from '@slmm/protocol';
import { type Logger, toInstant } from '@slmm/shared';
import type { HubBus } from '../fleet/hub-bus.ts';
import { builtInRuleId } from './built-in.ts';
import type { Announcement } from './records/commit-queue.ts';
import type { EventRecord } from './records/event-record.ts';
import type { EventStep } from './judging/event-story.ts';

const KINDS: Readonly<Record<EventStep['kind'], AlertEvent['kind']>> = {
  onset: 'onset',
  reopen: 'onset',
  'level-up': 'level-change',
  'level-down': 'level-change',
  clear: 'clear',
  acknowledge: 'acknowledge',
  comment: 'comment',
  superseded: 'clear',
};

/** The step as `/alert/{unit}/event` carries it. Pure. */
export function alertEventOf(record: EventRecord, step: EventStep): AlertEvent {
  const isSilence = record.kind === 'no-data' && step.kind === 'onset';
  return {
    event_id: record.id,
    unit: record.unit,
    rule: ruleIdOf(record),
    name: record.ruleName,
    kind: isSilence ? 'no-data' : KINDS[step.kind],
    at: toInstant(step.atMs),
    level: record.level,
    value: record.peakValue,
    threshold: record.threshold,
    late: record.late,
    reason: step.text.slice(0, 500),
  };
}

/** The present state as `/alert/{unit}/{rule}/state` keeps it. Pure. */
export function alertStateOf(record: EventRecord): AlertState {
  const active = record.status === 'active';
  return {
    unit: record.unit,
    rule: ruleIdOf(record),
    name: record.ruleName,
    state: active ? 'active' : 'idle',
    level: active ? record.level : null,
    since: toInstant(active ? record.onsetMs : (record.clearMs ?? record.onsetMs)),
    reason: (record.steps.findLast(({ kind }) => kind !== 'comment' && kind !== 'acknowledge')?.text ?? '').slice(0, 500),
    event_id: active ? record.id : null,
  };
}

/** Built-in events have a name under which the bus knows them. */
function ruleIdOf(record: EventRecord): string {
  return record.kind === 'threshold' ? (record.rule ?? 'unknown') : builtInRuleId(record.kind);
}

/** What the bus keeps of a rule, and of which event it is. */
interface Kept {
  readonly state: AlertState;
  readonly event: string | null;
  readonly onsetMs: number;
}

export class AlertAnnouncer {
  readonly #bus: HubBus;
  readonly #log: Logger;
  /** Retained states, one per unit and rule: sent again at every connection, for a broker may have forgotten. */
  readonly #kept = new Map<string, Kept>();

  constructor(bus: HubBus, log: Logger) {
    this.#bus = bus;
    this.#log = log;
  }

  /** Knows these states from before, and sends all at every connection from now on. */
  start(open: readonly EventRecord[]): void {
    for (const record of open) if (record.kind !== 'hub') this.#keep(alertStateOf(record), record);
    this.#bus.onConnected(() => {
      for (const [topic, { state }] of this.#kept) this.#publish(topic, JSON.stringify(state), true);
    });
  }

  announce({ record, steps }: Announcement): void {
    // How it is with the hub is said at `/hub/state`.
    if (record.kind === 'hub') return;
    for (const step of steps) this.#publish(topics.alertEvent(record.unit), JSON.stringify(alertEventOf(record, step)), false);
    const state = alertStateOf(record);
    const topic = topics.alertState(state.unit, state.rule);
    const kept = this.#kept.get(topic);
    // A story of the past that is told again says nothing of the present.
    const isOlder = kept !== undefined && kept.event !== record.id && kept.onsetMs > record.onsetMs;
    if (isOlder && (state.state === 'idle' || kept.state.state === 'active')) return;
    const isNews = kept?.event !== record.id || !isSame(kept.state, state);
    this.#keep(state, record);
    if (isNews) this.#publish(topic, JSON.stringify(state), true);
  }

  /** A rule is there: whoever comes later finds its state, also before its first event, and also where the end of the last one was told to nobody. */
  present(unit: string, rule: string, name: string, sinceMs: number): void {
    const topic = topics.alertState(unit, rule);
    if (this.#kept.has(topic)) return;
    const state = { unit, rule, name, state: 'idle', level: null, since: toInstant(sinceMs), reason: '', event_id: null };
    this.#keep(state, null);
    this.#publish(topic, JSON.stringify(state), true);
  }

  /** The rule is gone: so is its state. */
  forget(unit: string, rule: string): void {
    const topic = topics.alertState(unit, rule);
    this.#kept.delete(topic);
    this.#publish(topic, '', true);
  }

  #keep(state: AlertState, record: EventRecord | null): void {
    const onsetMs = record?.onsetMs ?? Number.NEGATIVE_INFINITY;
    this.#kept.set(topics.alertState(state.unit, state.rule), { state, event: record?.id ?? null, onsetMs });
  }

  #publish(topic: string, payload: string, retain: boolean): void {
    this.#bus
      .publish(topic, payload, { qos: 1, retain })
      .catch((error: unknown) => this.#log.debug({ err: error, topic }, 'the bus did not take an alert'));
  }
}

const isSame = (a: AlertState, b: AlertState): boolean => JSON.stringify(a) === JSON.stringify(b);
