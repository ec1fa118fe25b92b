import type { LiveAlert } from '@slmm/protocol';
import { createLogger, FakeClock } from '@slmm/shared';
import { describe, expect, it, vi } from 'vitest';
import type { Identity } from '../access/identity.ts';
import { exampleFleet } from '../adapters/memory/example-fleet.ts';
import { MemoryReadingStore } from '../adapters/memory/memory-reading-store.ts';
import { newUnit } from '../api/nl43/unit-config.ts';
import { createMetrics } from '../metrics.ts';
import { EXAMPLE_EPOCH, EXAMPLE_START_MS, exampleFrame, FakeConnection } from './live-example.ts';
import { LiveFeed } from './live-feed.ts';
import { WatchDemand } from './watch-demand.ts';
import { LiveSession } from './live-session.ts';

const admin: Identity = { kind: 'person', name: 'admin', role: 'admin', units: null };

async function scene(identity: Identity = admin) {
  const fleet = await exampleFleet('a', 'b', 'c');
  const clock = new FakeClock(EXAMPLE_START_MS + 60_000);
  const readings = new MemoryReadingStore();
  const feed = new LiveFeed(fleet, clock, createMetrics(false), new WatchDemand(fleet, clock));
  const connection = new FakeConnection();
  const session = new LiveSession(connection, identity, { fleet, readings, feed, clock, log: createLogger('test', 'silent') });
  const commit = async (unit: string, seq: number): Promise<void> => {
    const frame = exampleFrame(unit, seq);
    await readings.append({ readings: [{ frame, atMs: Date.parse(frame.at), late: false }], streams: [], deadLetters: [] });
    fleet.tellFrame(frame);
  };
  const say = (message: unknown): void => session.receive(JSON.stringify(message));
  return { fleet, clock, readings, feed, connection, session, commit, say };
}

const seqs = (messages: readonly Record<string, unknown>[]): unknown[] =>
  messages.filter((message) => message['type'] === 'frame').map((message) => (message['frame'] as { seq: number }).seq);

describe('LiveSession', () => {
  it('says nothing before it is asked, then what was asked for alone', async () => {
    const { connection, commit, say } = await scene();
    await commit('a', 1);
    expect(connection.take()).toEqual([]);
    say({ type: 'subscribe', units: ['a'] });
    await commit('a', 2);
    await commit('b', 1);
    const messages = connection.take();
    expect(seqs(messages)).toEqual([1, 2]);
    expect(new Set(messages.map((message) => message['unit']))).toEqual(new Set(['a']));
  });

  it('is told of alerts when it asks, of what it may see, and no more once it does not ask', async () => {
    const alert = (unit: string, event: string): LiveAlert => ({
      event_id: event,
      unit,
      rule: 'r',
      name: 'Loud',
      step: 'onset',
      at: '2026-11-23T06:41:30.000Z',
      status: 'active',
      level: 'warn',
      late: false,
      acknowledged_by: null,
      reason: '',
    });
    const { feed, connection, say } = await scene({ ...admin, units: ['a'] });
    const told = (): unknown[] =>
      connection
        .take()
        .filter(({ type }) => type === 'alert')
        .map(({ alert: one }) => (one as LiveAlert).event_id);
    say({ type: 'subscribe', units: [] });
    feed.alert(alert('a', 'before'));
    say({ type: 'subscribe', units: [], alerts: true });
    for (const unit of ['a', 'b', 'some-edge', 'hub']) feed.alert(alert(unit, unit));
    expect(told()).toEqual(['a']);
    say({ type: 'subscribe', units: ['a'] });
    feed.alert(alert('a', 'after'));
    expect(told()).toEqual([]);
  });

  it('brings the past, and then the present, also when a second request comes before the first has brought it', async () => {
    const { connection, commit, say } = await scene();
    for (const seq of [1, 2, 3]) await commit('a', seq);
    say({ type: 'subscribe', units: ['a'], after: { a: `${EXAMPLE_EPOCH}:1` } });
    say({ type: 'subscribe', units: ['a', 'b'] });
    await vi.waitFor(() => expect(connection.sent.length).toBeGreaterThan(1));
    await commit('a', 4);
    expect(seqs(connection.take())).toEqual([2, 3, 4]);
  });

  it('forgets the past of a unit that is no longer asked for', async () => {
    const { connection, commit, say } = await scene();
    for (const seq of [1, 2, 3]) await commit('a', seq);
    say({ type: 'subscribe', units: ['a'], after: { a: `${EXAMPLE_EPOCH}:1` } });
    say({ type: 'subscribe', units: ['b'] });
    say({ type: 'subscribe', units: ['a'] });
    await commit('a', 4);
    expect(seqs(connection.take())).toEqual([3, 4]);
  });

  it('replaces the former set with the new one', async () => {
    const { connection, commit, say } = await scene();
    say({ type: 'subscribe', units: ['a'] });
    say({ type: 'subscribe', units: ['b'] });
    connection.take();
    await commit('a', 1);
    await commit('b', 1);
    expect(connection.take()).toMatchObject([{ type: 'frame', unit: 'b' }]);
  });

  it('refuses units that the caller may not read or that are none, and goes on with the others', async () => {
    const { connection, say } = await scene({ kind: 'person', name: 'neighbour', role: 'viewer', units: ['b'] });
    say({ type: 'subscribe', units: ['a', 'b', '../c'] });
    const messages = connection.take();
    expect(messages.filter((message) => message['type'] === 'refused')).toHaveLength(2);
    expect(messages.filter((message) => message['type'] === 'unit').map((message) => message['unit'])).toEqual(['b']);
  });

  it('gives with * what the caller may read, and units that come later', async () => {
    const { fleet, connection, say } = await scene({ kind: 'person', name: 'neighbour', role: 'viewer', units: ['b', 'new'] });
    say({ type: 'subscribe', units: ['*'] });
    expect(connection.take().map((message) => message['unit'])).toEqual(['b']);
    await fleet.putUnit(newUnit('new'));
    await fleet.putUnit(newUnit('secret'));
    expect(connection.take().map((message) => message['unit'])).toEqual(['new']);
  });

  it('brings on a resume what came since, in order, once, and then goes on', async () => {
    const { connection, commit, say } = await scene();
    for (let seq = 1; seq <= 6; seq += 1) await commit('a', seq);
    say({ type: 'subscribe', units: ['a'], after: { a: `${EXAMPLE_EPOCH}:3` } });
    await vi.waitFor(() => expect(connection.sent.length).toBeGreaterThanOrEqual(4));
    await commit('a', 7);
    expect(seqs(connection.take())).toEqual([4, 5, 6, 7]);
  });

  it('loses no frame that is committed while it reads the past', async () => {
    const { connection, commit, readings, say } = await scene();
    for (let seq = 1; seq <= 4; seq += 1) await commit('a', seq);
    const read = readings.readings.bind(readings);
    let reads = 0;
    readings.readings = async (query) => {
      const page = await read(query);
      reads += 1;
      if (reads === 1) for (let seq = 5; seq <= 8; seq += 1) await commit('a', seq);
      return page;
    };
    say({ type: 'subscribe', units: ['a'], after: { a: `${EXAMPLE_EPOCH}:2` } });
    await vi.waitFor(() =>
      expect(
        seqs(
          structuredClone(connection.sent).map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>),
        ),
      ).toContain(8),
    );
    await commit('a', 9);
    expect(seqs(connection.take())).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });

  it('goes on with the newest when the store cannot be read', async () => {
    const { connection, commit, readings, say } = await scene();
    for (let seq = 1; seq <= 4; seq += 1) await commit('a', seq);
    readings.readings = () => Promise.reject(new Error('the disk is gone'));
    say({ type: 'subscribe', units: ['a'], after: { a: `${EXAMPLE_EPOCH}:2` } });
    await vi.waitFor(() => expect(connection.sent.length).toBeGreaterThan(0));
    expect(seqs(connection.take())).toEqual([4]);
  });

  it.each([['no json'], ['[]'], ['{"type":"subscribe"}'], ['{"type":"subscribe","units":"*"}'], ['{"type":"drop tables"}']])(
    'answers %s with a reason',
    async (text) => {
      const { connection, session } = await scene();
      session.receive(text);
      expect(connection.take()).toMatchObject([{ type: 'refused' }]);
    },
  );

  it('answers a ping', async () => {
    const { connection, say } = await scene();
    say({ type: 'ping' });
    expect(connection.take()).toEqual([{ type: 'heartbeat', at: '2026-11-23T06:01:00.000Z' }]);
  });

  it('takes a thousand units at once and not ten thousand, also such as nobody has, and forgets them with the connection', async () => {
    const { connection, session, commit, say } = await scene();
    const made = (count: number): string[] => Array.from({ length: count }, (_, at) => `made-up-${at}`);
    say({ type: 'subscribe', units: made(10_000) });
    expect(connection.take()).toMatchObject([{ type: 'refused' }]);
    say({ type: 'subscribe', units: [...made(999), 'a'] });
    expect(connection.take().length).toBeLessThanOrEqual(1_000);
    say({ type: 'subscribe', units: ['a', 'a', 'a'] });
    connection.take();
    await commit('a', 1);
    expect(seqs(connection.take())).toEqual([1]);
    session.close();
    await commit('a', 2);
    expect(connection.take()).toEqual([]);
  });

  it('ends a connection that asks without end, and not one that asks now and then', async () => {
    const { connection, clock, say } = await scene();
    for (let turn = 0; turn < 100; turn += 1) {
      say({ type: 'ping' });
      clock.advance(500);
    }
    expect(connection.closed).toBeNull();
    for (let turn = 0; turn < 30; turn += 1) say({ type: 'ping' });
    expect(connection.closed).toBe(1008);
  });
});
