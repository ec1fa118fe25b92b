import { FakeClock } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { exampleFleet } from '../adapters/memory/example-fleet.ts';
import type { MemoryFleet } from '../adapters/memory/memory-fleet.ts';
import { monitorDialect } from '../api/nl43/monitor-dialect.ts';
import { newUnit } from '../api/nl43/unit-config.ts';
import { createMetrics } from '../metrics.ts';
import { exampleEdge, exampleFrame, exampleState, FakeConnection, UNREACHABLE } from './live-example.ts';
import { liveDialect } from './live-dialect.ts';
import { LiveFeed } from './live-feed.ts';
import { WatchDemand } from './watch-demand.ts';
import { SLOW_BYTES } from './subscription.ts';
import type { Viewer } from './viewer.ts';

interface Seat {
  readonly connection: FakeConnection;
  readonly viewer: Viewer;
}

async function scene(...units: string[]) {
  const fleet: MemoryFleet = await exampleFleet(...units);
  const clock = new FakeClock();
  const demand = new WatchDemand(fleet, clock);
  const feed = new LiveFeed(fleet, clock, createMetrics(false), demand);
  const seat = (unit: string, dialect = monitorDialect): Seat => {
    const connection = new FakeConnection();
    const viewer = feed.join(connection, dialect);
    feed.watch(viewer, unit);
    return { connection, viewer };
  };
  return { fleet, clock, demand, feed, seat };
}

const status = (message: Record<string, unknown>): string =>
  `${String(message['feed_status'])}${'lp' in message ? ' frame' : ''}`;

describe('a viewer of the monitor', () => {
  it('gets the last frame at once, then each new one, with the keys of SLMM 0.4.0', async () => {
    const { fleet, seat } = await scene('a');
    fleet.tellState('a', exampleState());
    fleet.tellFrame(exampleFrame('a', 1));
    const { connection } = seat('a');
    fleet.tellFrame(exampleFrame('a', 2, { lp: 70.25 }));
    const [first, second] = connection.take();
    expect(first).toEqual({
      unit_id: 'a',
      timestamp: '2026-11-23T06:00:01',
      measurement_state: 'Start',
      measurement_start_time: '2026-11-23T05:30:00',
      counter: null,
      lp: '62.4',
      leq: '58.9',
      lmax: '81.2',
      lmin: '40.1',
      lpeak: '96.0',
      ln1: '70.1',
      ln2: '65.3',
      raw_payload: expect.stringMatching(
        /^62\.4, 58\.9, 94\.5, 81\.2, 40\.1, 70\.1, 65\.3, 55\.0, 47\.2, 45\.9, 96\.0, {2}-\.-, {2}-\.-, {2}-\.-,0,0,/,
      ),
      feed_status: 'ok',
    });
    expect(String(first?.['raw_payload']).split(',')).toHaveLength(64);
    expect(second).toMatchObject({ timestamp: '2026-11-23T06:00:02', lp: '70.3' });
  });

  it('is told once per outage that the unit is unreachable', async () => {
    const { fleet, seat } = await scene('a');
    const { connection } = seat('a');
    fleet.tellFrame(exampleFrame('a', 1));
    fleet.tellState('a', exampleState({ failures: 2 }));
    fleet.tellState('a', UNREACHABLE);
    fleet.tellState('a', { ...UNREACHABLE, failures: 4 });
    fleet.tellFrame(exampleFrame('a', 2));
    fleet.tellState('a', exampleState());
    fleet.tellState('a', UNREACHABLE);
    expect(connection.take().map(status)).toEqual(['ok frame', 'unreachable', 'ok frame', 'unreachable']);
  });

  it('is told that a unit is unreachable when its edge goes away, with three keys', async () => {
    const { fleet, seat } = await scene('a');
    const { connection } = seat('a');
    fleet.tellEdge('site', exampleEdge('offline'));
    const [message] = connection.take();
    expect(message).toEqual({ unit_id: 'a', timestamp: '2026-01-01T00:00:00', feed_status: 'unreachable' });
  });

  it('who comes during an outage gets the last frame and then the bad news', async () => {
    const { fleet, seat } = await scene('a');
    fleet.tellFrame(exampleFrame('a', 1));
    fleet.tellState('a', UNREACHABLE);
    expect(seat('a').connection.take().map(status)).toEqual(['ok frame', 'unreachable']);
  });

  it('is told that a unit which does not exist is unreachable, and follows it when it comes into being', async () => {
    const { fleet, seat } = await scene();
    const { connection } = seat('later');
    expect(connection.take().map(status)).toEqual(['unreachable']);
    await fleet.putUnit(newUnit('later'));
    fleet.tellFrame(exampleFrame('later', 1));
    expect(connection.take().map(status)).toEqual(['ok frame']);
    expect(fleet.demands.get('later')).toMatchObject({ watched: true });
  });

  it('gets a heartbeat after 25 s of silence, which says how it stands', async () => {
    const { fleet, clock, seat } = await scene('a');
    const { connection, viewer } = seat('a');
    const pass = (seconds: number): void => {
      for (let second = 0; second < seconds; second += 1) {
        clock.advance(1_000);
        viewer.answered();
      }
    };
    pass(24);
    expect(connection.take()).toEqual([]);
    pass(1);
    expect(connection.take()).toEqual([{ unit_id: 'a', timestamp: '2026-01-01T00:00:25', feed_status: 'ok', heartbeat: true }]);
    fleet.tellState('a', UNREACHABLE);
    connection.take();
    pass(50);
    expect(connection.take().map((message) => [message['feed_status'], message['heartbeat']])).toEqual([
      ['unreachable', true],
      ['unreachable', true],
    ]);
  });

  it('is not shown backfill that is older than what it saw', async () => {
    const { fleet, seat } = await scene('a');
    const { connection } = seat('a');
    fleet.tellFrame(exampleFrame('a', 10));
    fleet.tellFrame(exampleFrame('a', 5), true);
    fleet.tellFrame(exampleFrame('a', 11), true);
    expect(connection.take().map((message) => message['timestamp'])).toEqual(['2026-11-23T06:00:10', '2026-11-23T06:00:11']);
  });
});

describe('a slow viewer', () => {
  it('gets the newest frame and the number of those it missed as soon as its line is free', async () => {
    const { fleet, seat } = await scene('a');
    const { connection, viewer } = seat('a');
    connection.bufferedBytes = SLOW_BYTES + 1;
    for (let seq = 1; seq <= 5; seq += 1) fleet.tellFrame(exampleFrame('a', seq));
    expect(connection.sent).toHaveLength(0);
    connection.bufferedBytes = 0;
    viewer.flush();
    fleet.tellFrame(exampleFrame('a', 6));
    const [late, next] = connection.take();
    expect(late).toMatchObject({ timestamp: '2026-11-23T06:00:05', missed: 4 });
    expect(next).not.toHaveProperty('missed');
  });

  it('counts as slow when it does not answer pings, and is let go after a minute', async () => {
    const { fleet, clock, seat, demand } = await scene('a');
    const { connection } = seat('a');
    clock.advance(15_000);
    expect(connection.pings).toBe(1);
    fleet.tellFrame(exampleFrame('a', 1));
    expect(connection.sent).toHaveLength(0);
    clock.advance(56_000);
    expect(connection.closed).toBe('terminated');
    expect(demand.viewers('a')).toBe(0);
  });

  it('among a thousand viewers costs the others nothing, and all the others share the same bytes', async () => {
    const { fleet, seat } = await scene('a');
    const seats = Array.from({ length: 1_000 }, () => seat('a'));
    const frozen = seats[500];
    if (frozen === undefined) throw new Error('there are a thousand');
    frozen.connection.bufferedBytes = SLOW_BYTES + 1;
    for (let seq = 1; seq <= 100; seq += 1) fleet.tellFrame(exampleFrame('a', seq));
    const others = seats.filter((one) => one !== frozen);
    expect(others.every((one) => one.connection.sent.length === 100)).toBe(true);
    const distinct = new Set(others.flatMap((one) => one.connection.sent));
    expect(distinct.size).toBe(100);
    expect(frozen.connection.sent).toHaveLength(0);
    frozen.connection.bufferedBytes = 0;
    frozen.viewer.flush();
    expect(frozen.connection.take()).toMatchObject([{ timestamp: '2026-11-23T06:01:40', missed: 99 }]);
  });
});

describe('a viewer of /api/v1/live', () => {
  it('is told what changed on the link, once, and not what it knows', async () => {
    const { fleet, seat } = await scene('a');
    const { connection } = seat('a', liveDialect);
    expect(connection.take()).toMatchObject([{ type: 'unit', unit: 'a', reachable: true, edge_online: true }]);
    fleet.tellState('a', UNREACHABLE);
    fleet.tellState('a', { ...UNREACHABLE, failures: 4 });
    expect(connection.take()).toMatchObject(
      [{ type: 'unit', link: 'refused', reachable: false, reason: /power-cycle/ }].map((message) => ({
        ...message,
        reason: expect.stringMatching(message.reason),
      })),
    );
    await fleet.deleteUnit('a');
    expect(connection.take()).toMatchObject([{ type: 'unit', reachable: false, edge_online: false }]);
  });
});

describe('demand', () => {
  it('begins with the first viewer and ends a while after the last', async () => {
    const { fleet, clock, feed, seat } = await scene('a');
    const [one, two] = [seat('a'), seat('a')];
    expect(fleet.demands.get('a')).toEqual({ watched: true, stream: false, send_above: null });
    feed.leave(one.viewer);
    clock.advance(60_000);
    expect(fleet.demands.get('a')).not.toBeNull();
    two.viewer.answered();
    feed.leave(two.viewer);
    clock.advance(14_000);
    expect(fleet.demands.get('a')).not.toBeNull();
    clock.advance(2_000);
    expect(fleet.demands.get('a')).toBeNull();
  });

  it('does not waver when a page is loaded anew', async () => {
    const { fleet, clock, feed, seat } = await scene('a');
    const said: unknown[] = [];
    const demand = fleet.demand.bind(fleet);
    fleet.demand = (unit, wanted) => {
      said.push(wanted);
      demand(unit, wanted);
    };
    feed.leave(seat('a').viewer);
    clock.advance(5_000);
    seat('a');
    clock.advance(30_000);
    expect(said).toHaveLength(1);
  });
});
