import { filters, parseTopic, topics } from '@slmm/protocol';
import { describe, expect, it } from 'vitest';
import { mayPublish, mayReceive, maySubscribe, type Party } from './topic-permissions.ts';

const edge: Party = { kind: 'edge', edge: 'site-1' };
const reader: Party = { kind: 'reader', name: 'bob', units: null };
const limited: Party = { kind: 'reader', name: 'eve', units: ['U1'] };
const open: Party = { kind: 'open', edge: 'site-1' };
const publishes = (party: Party, topic: string, retain = false, bytes = 10): string =>
  mayPublish(party, { topic, retain, bytes }).kind;

describe('mayPublish', () => {
  it('lets an edge publish what edges say, under its own name', () => {
    for (const topic of [
      topics.edgeState('site-1'),
      topics.edgeInfo('site-1'),
      topics.edgeHealth('site-1'),
      topics.dod('site-1', 'U1'),
      topics.drd('site-1', 'U1'),
      topics.last('site-1', 'U1'),
      topics.unitState('site-1', 'U1'),
      topics.unitInfo('site-1', 'U1'),
      topics.unitEvent('site-1', 'U1'),
      topics.backfill('site-1', 'U1'),
      topics.reply('site-1'),
      topics.applied('site-1'),
      topics.file('site-1', 't1'),
    ])
      expect([topic, publishes(edge, topic)]).toEqual([topic, 'accept']);
  });

  it.each([
    ['another edge', topics.dod('site-2', 'U1')],
    ['an edge whose name begins with its own', topics.dod('site-10', 'U1')],
    ['the hub', topics.hubState()],
    ['an alert', topics.alertState('U1', 'r1')],
    ['what only the hub says to it', topics.command('site-1')],
    ['its own acknowledgement', topics.ack('site-1')],
    ['its own configuration', topics.config('site-1')],
    ['$SYS', '$SYS/broker'],
    ['a topic with NUL', 'slmm/v1/site-1/U1/do\u0000d'],
    ['a topic with a lone surrogate', 'slmm/v1/site-1/U1/\ud800'],
    ['another case', 'slmm/v1/Site-1/state'],
    ['an endless topic', `slmm/v1/site-1/${'x'.repeat(300)}`],
  ])('refuses an edge that speaks as %s', (_name, topic) => {
    expect(publishes(edge, topic)).toBe('refuse');
    expect(publishes(edge, topic, true)).toBe('refuse');
  });

  it('ignores topics of its own that the contract does not know, and payloads that are too long', () => {
    expect(publishes(edge, 'slmm/v1/site-1/U1/spectrum')).toBe('ignore');
    expect(publishes(edge, 'slmm/v1/site-1/../../etc/passwd')).toBe('ignore');
    expect(publishes(edge, topics.dod('site-1', 'U1'), false, 262_145)).toBe('ignore');
    expect(publishes(edge, topics.backfill('site-1', 'U1'), false, 262_145)).toBe('accept');
    expect(publishes(edge, topics.backfill('site-1', 'U1'), false, 600_000)).toBe('ignore');
  });

  it('keeps retained only what the contract retains', () => {
    const retained = (topic: string): unknown => mayPublish(edge, { topic, retain: true, bytes: 1 });
    expect(retained(topics.unitState('site-1', 'U1'))).toEqual({ kind: 'accept', retain: true });
    expect(retained(topics.dod('site-1', 'U1'))).toEqual({ kind: 'accept', retain: false });
  });

  it('lets no reader publish, admin or not', () => {
    expect(publishes(reader, topics.dod('site-1', 'U1'))).toBe('refuse');
    expect(publishes({ kind: 'open', edge: null }, topics.dod('site-1', 'U1'))).toBe('refuse');
    expect(publishes(open, topics.dod('site-1', 'U1'))).toBe('accept');
    expect(publishes(open, topics.dod('site-2', 'U1'))).toBe('refuse');
  });
});

describe('maySubscribe', () => {
  it('lets an edge subscribe to what the hub says to it and nothing else', () => {
    for (const filter of [...filters.toEdge('site-1'), filters.ownedByEdge('site-1'), 'slmm/v1/site-1/hub/+'])
      expect([filter, maySubscribe(edge, filter)]).toEqual([filter, true]);
    for (const filter of [
      '#',
      '+/#',
      'slmm/#',
      'slmm/v1/#',
      'slmm/v1/+/hub/#',
      'slmm/v1/site-2/#',
      'slmm/v1/site-1#',
      '$SYS/#',
      '$share/g/#',
    ])
      expect([filter, maySubscribe(edge, filter)]).toEqual([filter, false]);
  });

  it('lets a reader ask for everything but the talk between hub and edges', () => {
    for (const filter of [
      '#',
      'slmm/#',
      'slmm/v1/#',
      'slmm/v1/+/+/dod',
      'slmm/v1/site-1/U1/dod',
      'slmm/v1/alert/#',
      'slmm/v1/hub/state',
      '+/v1/#',
    ])
      expect([filter, maySubscribe(reader, filter)]).toEqual([filter, true]);
    for (const filter of [
      'slmm/v1/site-1/hub/#',
      'slmm/v1/+/hub/command',
      '$SYS/#',
      '$share/g/slmm/v1/#',
      'other/#',
      'slmm/v2/#',
      'a\u0000',
      '\u001b',
    ])
      expect([filter, maySubscribe(reader, filter)]).toEqual([filter, false]);
  });

  it("refuses a unit that is not the token's, where the filter names it", () => {
    expect(maySubscribe(limited, 'slmm/v1/site-1/U1/dod')).toBe(true);
    expect(maySubscribe(limited, 'slmm/v1/site-1/+/dod')).toBe(true);
    expect(maySubscribe(limited, 'slmm/v1/site-1/U2/dod')).toBe(false);
    expect(maySubscribe(limited, 'slmm/v1/alert/U2/event')).toBe(false);
    expect(maySubscribe(limited, 'slmm/v1/site-1/state')).toBe(true);
  });

  it('lets an open client subscribe as a reader and as its edge', () => {
    expect(maySubscribe(open, 'slmm/v1/site-1/hub/command')).toBe(true);
    expect(maySubscribe(open, 'slmm/v1/site-2/hub/command')).toBe(false);
    expect(maySubscribe(open, 'slmm/v1/#')).toBe(true);
  });
});

describe('mayReceive', () => {
  const receives = (party: Party, topic: string): boolean => mayReceive(party, parseTopic(topic));
  const talk = [
    topics.command('site-1'),
    topics.reply('site-1'),
    topics.config('site-1'),
    topics.applied('site-1'),
    topics.ack('site-1'),
    topics.demand('site-1'),
    topics.file('site-1', 't1'),
  ];

  it('never gives a reader the talk between hub and edges, nor topics outside the contract', () => {
    for (const topic of [...talk, '$SYS/x', 'slmm-ignored', 'slmm/v1/site-1/U1/spectrum']) {
      expect([topic, receives(reader, topic)]).toEqual([topic, false]);
      expect([topic, receives({ kind: 'open', edge: null }, topic)]).toEqual([topic, false]);
    }
  });

  it('gives a limited reader its units alone', () => {
    expect(receives(limited, topics.dod('site-1', 'U1'))).toBe(true);
    expect(receives(limited, topics.alertEvent('U1'))).toBe(true);
    expect(receives(limited, topics.edgeState('site-1'))).toBe(true);
    for (const topic of [
      topics.dod('site-1', 'U2'),
      topics.alertState('U2', 'r'),
      topics.alertNotification('U1'),
      topics.edgeInfo('site-1'),
      topics.edgeHealth('site-1'),
    ])
      expect([topic, receives(limited, topic)]).toEqual([topic, false]);
    expect(receives(reader, topics.edgeInfo('site-1'))).toBe(true);
  });

  it('gives an edge its own topics and the state of the hub', () => {
    for (const topic of [...talk, topics.hubState()]) expect([topic, receives(edge, topic)]).toEqual([topic, true]);
    for (const topic of [topics.command('site-2'), topics.dod('site-2', 'U1'), topics.alertEvent('U1')])
      expect([topic, receives(edge, topic)]).toEqual([topic, false]);
  });
});
