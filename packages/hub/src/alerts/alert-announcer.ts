/** What the bus hears of alerts: each step as it happens, and the present state of every rule, retained. Neighbours: engine.ts tells, hub-bus.ts carries. */
import { type AlertEvent, type AlertState, topics } from '@slmm/protocol';
import { type Logger, toInstant } from '@slmm/shared';
import type { HubBus } from '../fleet/hub-bus.ts';
import { builtInRuleId } from './built-in.ts';
import type { Announcement } from './commit-queue.ts';
import type { EventRecord, EventStep } from './event-record.ts';

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
export function alertEventOf(record: EventRecord, text: string): AlertEvent {
  const step = record.steps.at(-1);
  const isSilence = record.kind === 'no-data' && step?.kind === 'onset';
  return {
    event_id: record.id.slice(0, 64),
    unit: record.unit,
    rule: record.rule ?? ruleNameOf(record),
    name: record.ruleName,
    kind: isSilence ? 'no-data' : KINDS[step?.kind ?? 'onset'],
    at: toInstant(step?.atMs ?? record.onsetMs),
    level: record.level,
    value: record.peakValue,
    threshold: record.threshold,
    late: record.late,
    reason: (step?.text ?? text).slice(0, 500),
  };
}

/** The present state as `/alert/{unit}/{rule}/state` keeps it. Pure. */
export function alertStateOf(record: EventRecord, text: string): AlertState {
  const active = record.status === 'active';
  return {
    unit: record.unit,
    rule: record.rule ?? ruleNameOf(record),
    name: record.ruleName,
    state: active ? 'active' : 'idle',
    level: active ? record.level : null,
    since: toInstant(active ? record.onsetMs : (record.clearMs ?? record.onsetMs)),
    reason: (record.steps.at(-1)?.text ?? text).slice(0, 500),
    event_id: active ? record.id.slice(0, 64) : null,
  };
}

/** Built-in events have a name under which the bus knows them. */
function ruleNameOf(record: EventRecord): string {
  return record.kind === 'threshold' ? 'unknown' : builtInRuleId(record.kind);
}

export class AlertAnnouncer {
  readonly #bus: HubBus;
  readonly #log: Logger;
  /** Retained states, one per unit and rule: sent again at every connection, for a broker may have forgotten. */
  readonly #states = new Map<string, AlertState>();

  constructor(bus: HubBus, log: Logger) {
    this.#bus = bus;
    this.#log = log;
  }

  /** Knows these states from before, and sends all at every connection from now on. */
  start(open: readonly EventRecord[]): void {
    for (const record of open) this.#keep(alertStateOf(record, ''));
    this.#bus.onConnected(() => {
      for (const [topic, state] of this.#states) this.#publish(topic, JSON.stringify(state), true);
    });
  }

  announce({ record, text }: Announcement): void {
    this.#publish(topics.alertEvent(record.unit), JSON.stringify(alertEventOf(record, text)), false);
    if (record.status === 'superseded') return;
    const state = alertStateOf(record, text);
    // A story told again of the past says nothing of the present.
    if (record.late && state.state === 'idle') return;
    const topic = this.#keep(state);
    this.#publish(topic, JSON.stringify(state), true);
  }

  /** A rule is there: whoever comes later finds its state, also before its first event, and also where the end of the last one was told to nobody. */
  present(unit: string, rule: string, name: string, sinceMs: number): void {
    if (this.#states.has(topics.alertState(unit, rule))) return;
    const state = { unit, rule, name, state: 'idle', level: null, since: toInstant(sinceMs), reason: '', event_id: null };
    this.#publish(this.#keep(state), JSON.stringify(state), true);
  }

  /** The rule is gone: so is its state. */
  forget(unit: string, rule: string): void {
    const topic = topics.alertState(unit, rule);
    this.#states.delete(topic);
    this.#publish(topic, '', true);
  }

  #keep(state: AlertState): string {
    const topic = topics.alertState(state.unit, state.rule);
    this.#states.set(topic, state);
    return topic;
  }

  #publish(topic: string, payload: string, retain: boolean): void {
    this.#bus
      .publish(topic, payload, { qos: 1, retain })
      .catch((error: unknown) => this.#log.debug({ err: error, topic }, 'the bus did not take an alert'));
  }
}
