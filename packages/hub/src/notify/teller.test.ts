import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOwed, type OutboxEntry } from '../alerts/alert-store.ts';
import { builtInRecord } from '../alerts/built-in.ts';
import type { EventRecord } from '../alerts/records/event-record.ts';
import { ruleSchema } from '../alerts/rules/rule.ts';
import { type Receiver, receiverSchema } from './receiver.ts';
import { Teller } from './teller.ts';

const NOW_MS = Date.parse('2026-06-01T10:00:00Z');
const rule = ruleSchema.parse({
  id: 'r1',
  unit: 'u1',
  name: 'Limit',
  metric: { kind: 'lp' },
  levels: [{ name: 'warn', threshold: 70 }],
  notify: ['ann', 'bob', 'nobody'],
  cooldown_s: 0,
});
const event = (id: string, more: Partial<EventRecord> = {}): EventRecord => ({
  ...builtInRecord('no-data', 'u1', NOW_MS, ''),
  id,
  kind: 'threshold',
  rule: 'r1',
  level: 'warn',
  gravest: 'warn',
  ...more,
});
const receiver = (id: string, more: Partial<Receiver> = {}): Receiver =>
  receiverSchema.parse({ id, name: id, channels: [{ kind: 'log' }], group_wait_s: 5, ...more });
const teller = (...receivers: Receiver[]): Teller => {
  const one = new Teller();
  one.configure(receivers, []);
  return one;
};
const SITE = { edge: 'site', inhibitedBy: null };
const ids = (entries: readonly OutboxEntry[]): string[] =>
  entries.map(({ receiver: to, channel, step }) => `${to}/${channel} ${step}`);

describe('the teller', () => {
  it('makes one message per receiver and channel, and none for whom there is no receiver', () => {
    const two = receiver('bob', { channels: [{ kind: 'log' }, { kind: 'mqtt' }] });
    const { entries, record } = teller(receiver('ann'), two).consider(event('e1'), rule, SITE, NOW_MS);
    expect(ids(entries)).toEqual(['ann/0 onset', 'bob/0 onset', 'bob/1 onset']);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(3);
    expect(record.tellings).toMatchObject({ ann: { messages: 1, level: 'warn' }, bob: { messages: 1 } });
  });

  it('owes nothing any more to somebody who was deleted meanwhile', () => {
    const one = teller(receiver('ann'));
    const { record } = one.consider(event('e1'), rule, { ...SITE, inhibitedBy: 'site' }, NOW_MS);
    expect(isOwed(record)).toBe(true);
    one.configure([], []);
    const after = one.consider(record, rule, SITE, NOW_MS + 1000);
    expect(isOwed(after.record)).toBe(false);
    expect(after.record.tellings['ann']).toMatchObject({ reason: 'receiver-gone', waits: null });
    expect(one.consider(after.record, rule, SITE, NOW_MS + 2000).record).toBe(after.record);
  });

  it('has nothing to say a second time, and says so with the very same record', () => {
    const one = teller(receiver('ann'));
    const { record } = one.consider(event('e1'), rule, SITE, NOW_MS);
    const again = one.consider(record, rule, SITE, NOW_MS + 1000);
    expect(again.record).toBe(record);
    expect(again.entries).toEqual([]);
  });

  it('gives what is decided a second time, after a crash, the same ids', () => {
    const first = teller(receiver('ann')).consider(event('e1'), rule, SITE, NOW_MS);
    const second = teller(receiver('ann')).consider(event('e1'), rule, SITE, NOW_MS + 60_000);
    expect(second.entries.map(({ id }) => id)).toEqual(first.entries.map(({ id }) => id));
  });

  it('tells beginning and end at once of what was over before anybody looked', () => {
    const over = event('e1', { status: 'cleared', clearMs: NOW_MS, endReason: 'recovered' });
    expect(ids(teller(receiver('ann')).consider(over, rule, SITE, NOW_MS).entries)).toEqual(['ann/0 onset', 'ann/0 clear']);
  });

  it('tells the end to whoever was told, although the rule is gone', () => {
    const one = teller(receiver('ann'));
    const { record } = one.consider(event('e1'), rule, SITE, NOW_MS);
    const over: EventRecord = { ...record, status: 'cleared', clearMs: NOW_MS, endReason: 'rule_disabled' };
    expect(ids(one.consider(over, null, SITE, NOW_MS).entries)).toEqual(['ann/0 clear']);
  });

  it('counts what travels in one message as one, for the hourly cap', () => {
    const one = teller(receiver('ann', { max_per_hour: 2 }));
    const steps = ['a', 'b', 'c', 'd'].map((id, place) => one.consider(event(id), rule, SITE, NOW_MS + place * 1000));
    expect(steps.map(({ entries }) => entries[0]?.dueMs)).toEqual(Array.from({ length: 4 }, () => NOW_MS + 5000));
    expect(one.consider(event('e'), rule, { ...SITE, edge: 'other' }, NOW_MS + 4000).entries).toHaveLength(1);
    const { entries, record } = one.consider(event('f'), rule, SITE, NOW_MS + 10_000);
    expect(entries).toEqual([]);
    expect(record.tellings['ann']).toMatchObject({ reason: 'rate-cap', waits: { untilMs: NOW_MS + 3_600_000 } });
  });

  it('goes on with caps and cooldowns after a restart', () => {
    const one = teller(receiver('ann', { max_per_hour: 1 }));
    const before = one.consider(event('e1'), rule, SITE, NOW_MS);
    const again = teller(receiver('ann', { max_per_hour: 1 }));
    again.remember(before.entries);
    expect(again.consider(event('e2'), rule, SITE, NOW_MS + 60_000).record.tellings['ann']).toMatchObject({ reason: 'rate-cap' });
    const cooling = { ...rule, cooldown_s: 300 };
    const third = teller(receiver('ann'));
    third.remember(before.entries);
    expect(third.consider(event('e2'), cooling, SITE, NOW_MS + 60_000).record.tellings['ann']).toMatchObject({
      reason: 'cooldown',
      waits: { untilMs: NOW_MS + 300_000 },
    });
  });

  it('sends nobody more in any hour than they want, whatever storm is on', () => {
    const storm = fc.array(
      fc.record({
        afterS: fc.integer({ min: 0, max: 600 }),
        edge: fc.constantFrom('site', 'other', 'third'),
        of: fc.nat(4),
        ends: fc.boolean(),
      }),
      { minLength: 20, maxLength: 120 },
    );
    fc.assert(
      fc.property(storm, fc.integer({ min: 1, max: 6 }), fc.boolean(), (happenings, cap, restarts) => {
        const ann = receiver('ann', { max_per_hour: cap, group_wait_s: 20 });
        let one = teller(ann);
        const sent: OutboxEntry[] = [];
        const records = new Map<string, EventRecord>();
        let nowMs = NOW_MS;
        const look = (record: EventRecord, edge: string): void => {
          const considered = one.consider(record, rule, { ...SITE, edge }, nowMs);
          records.set(record.id, considered.record);
          sent.push(...considered.entries);
        };
        for (const { afterS, edge, of, ends } of happenings) {
          nowMs += afterS * 1000;
          const id = `${edge}-${of}`;
          const before = records.get(id) ?? event(id);
          look(
            ends ? { ...before, status: 'cleared', clearMs: nowMs, endReason: 'recovered' } : { ...before, status: 'active' },
            edge,
          );
          for (const [other, record] of records) if (other !== id) look(record, other.split('-')[0] ?? '');
          if (!restarts) continue;
          one = teller(ann);
          one.remember(sent);
        }
        const messages = new Map(sent.map(({ edge, dueMs, createdMs }) => [`${edge ?? ''} ${dueMs}`, createdMs]));
        for (const fromMs of messages.values())
          expect([...messages.values()].filter((atMs) => atMs >= fromMs && atMs < fromMs + 3_600_000).length).toBeLessThanOrEqual(
            cap,
          );
      }),
    );
  });

  it('keeps silences to the unit or rule they name', () => {
    const silence = { id: 's', fromMs: 0, toMs: NOW_MS + 1000, reason: 'works', by: 'bob' };
    const reasonWith = (unit: string | null, of: string | null): string | undefined => {
      const one = teller(receiver('ann'));
      one.configure([receiver('ann')], [{ ...silence, unit, rule: of }]);
      return one.consider(event('e1'), rule, SITE, NOW_MS).record.tellings['ann']?.reason;
    };
    expect([
      reasonWith(null, null),
      reasonWith('u1', null),
      reasonWith(null, 'r1'),
      reasonWith('u2', null),
      reasonWith('u1', 'r2'),
    ]).toEqual(['silenced', 'silenced', 'silenced', 'first-notification', 'first-notification']);
  });
});
