import { alertEventSchema, alertStateSchema } from '@slmm/protocol';
import { createLogger } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import type { HubBus } from '../fleet/hub-bus.ts';
import { AlertAnnouncer } from './alert-announcer.ts';
import { START_MS } from './alert-example.ts';
import { builtInRecord, ended } from './built-in.ts';
import { acknowledged, commented, type EventRecord, newSteps, superseded } from './records/event-record.ts';

class Listener implements HubBus {
  readonly retained = new Map<string, string>();
  readonly heard: string[] = [];
  readonly connected = true;
  readonly #listeners: (() => void)[] = [];

  publish(topic: string, payload: string | Uint8Array, { retain }: { readonly retain: boolean }): Promise<void> {
    const text = String(payload);
    if (!retain) this.heard.push(`${topic} ${alertEventSchema.parse(JSON.parse(text)).kind}`);
    else if (text === '') this.retained.delete(topic);
    else this.retained.set(topic, text);
    return Promise.resolve();
  }
  subscribe = (): Promise<void> => Promise.resolve();
  onConnected(listener: () => void): void {
    this.#listeners.push(listener);
    listener();
  }
  /** A broker that has forgotten everything. */
  reconnect(): void {
    this.retained.clear();
    for (const listener of this.#listeners) listener();
  }
  close = (): Promise<void> => Promise.resolve();
  states(): string[] {
    return [...this.retained.values()].map((text) => {
      const { rule, state, event_id: event } = alertStateSchema.parse(JSON.parse(text));
      return `${rule} ${state} ${event ?? ''}`.trim();
    });
  }
}

const event = (id: string, onsetMs = START_MS): EventRecord => ({
  ...builtInRecord('no-data', 'u1', onsetMs, 'loud'),
  id,
  kind: 'threshold',
  rule: 'night',
  ruleName: 'Night',
});
const over = (record: EventRecord, atMs = START_MS + 60_000): EventRecord => ended(record, atMs, 'quiet again');
const begun = (...open: EventRecord[]): { bus: Listener; tell: (before: EventRecord | null, record: EventRecord) => void } => {
  const bus = new Listener();
  const announcer = new AlertAnnouncer(bus, createLogger('test', 'silent'));
  announcer.start(open);
  return { bus, tell: (before, record) => announcer.announce({ record, steps: newSteps(before, record) }) };
};

describe('the bus', () => {
  it('hears each step once, and keeps how it is', () => {
    const { bus, tell } = begun();
    const first = event('a');
    tell(null, first);
    expect(bus.states()).toEqual(['night active a']);
    const seen = commented(acknowledged(first, 'bob', START_MS + 1), 'bob', 'on my way', START_MS + 2);
    tell(first, seen);
    tell(seen, { ...seen, peakValue: 80 });
    tell(seen, over(seen));
    expect(bus.heard.map((line) => line.split(' ')[1])).toEqual(['onset', 'acknowledge', 'comment', 'clear']);
    expect(bus.states()).toEqual(['night idle']);
  });

  it('is not told of the past as if it were the present', () => {
    const { bus, tell } = begun();
    const now = event('now', START_MS + 600_000);
    tell(null, now);
    const past = { ...event('past'), late: true };
    tell(null, over(past));
    tell(null, superseded(past));
    expect(bus.states()).toEqual(['night active now']);
    tell(now, over(now, START_MS + 700_000));
    tell(null, past);
    expect(bus.states()).toEqual(['night active past']);
  });

  it('is told all of it again when it comes back empty, also what was there before the start', () => {
    const { bus, tell } = begun(event('before'));
    expect(bus.states()).toEqual(['night active before']);
    tell(null, builtInRecord('edge', 'site', START_MS, 'away'));
    bus.reconnect();
    expect(bus.states()).toEqual([
      'night active before',
      'built-in-edge-offline active ' + builtInRecord('edge', 'site', START_MS, '').id,
    ]);
  });

  it('finds a rule from its first moment on, and nothing of it when it is gone', () => {
    const bus = new Listener();
    const announcer = new AlertAnnouncer(bus, createLogger('test', 'silent'));
    announcer.start([event('a')]);
    announcer.present('u1', 'night', 'Night', START_MS);
    announcer.present('u1', 'day', 'Day', START_MS);
    expect(bus.states()).toEqual(['night active a', 'day idle']);
    announcer.forget('u1', 'night');
    bus.reconnect();
    expect(bus.states()).toEqual(['day idle']);
  });

  it('hears of the hub elsewhere', () => {
    const { bus, tell } = begun();
    tell(null, builtInRecord('hub', 'hub', START_MS, 'away'));
    expect([bus.states(), bus.heard]).toEqual([[], []]);
  });
});
