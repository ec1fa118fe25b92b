import type { Tick } from '@slmm/protocol';
import { FakeClock } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { exampleFleet } from '../adapters/memory/example-fleet.ts';
import { streamWords } from '../api/nl43/stream-words.ts';
import { exampleEdge, exampleState, FakeConnection, UNREACHABLE } from './live-example.ts';
import { StreamFeed } from './stream-feed.ts';
import { WatchDemand } from './watch-demand.ts';

const TICK: Tick = {
  at: '2026-11-23T06:57:19.370Z',
  counter: 14,
  run: 'Start',
  lp: 65,
  leq: 65,
  lmax: 65.1,
  lmin: 65,
  lpeak: 79,
  over: false,
  under: false,
  raw: '14, 65.0',
};

async function scene() {
  const fleet = await exampleFleet('a');
  const clock = new FakeClock();
  const demand = new WatchDemand(fleet, clock);
  const feed = new StreamFeed(fleet, clock, demand, streamWords);
  const join = (unit: string) => {
    const connection = new FakeConnection();
    return { connection, viewer: feed.join(connection, unit) };
  };
  fleet.tellState('a', exampleState());
  return { fleet, clock, demand, join };
}

describe('the stream', () => {
  it('has the 13 keys of SLMM, and is asked for while somebody wants it', async () => {
    const { fleet, clock, join } = await scene();
    const { connection, viewer } = join('a');
    expect(fleet.demands.get('a')).toEqual({ watched: true, stream: true, send_above: null });
    fleet.tellTick('a', TICK);
    const [message = {}] = connection.take();
    expect(Object.keys(message)).toHaveLength(13);
    expect(message).toMatchObject({
      measurement_state: 'Measure',
      counter: '14',
      lmax: '65.1',
      ln1: null,
      timestamp: '2026-11-23T06:57:19.370000',
    });
    viewer.gone();
    clock.advance(15_001);
    expect(fleet.demands.get('a')).toBeNull();
  });

  it('keeps watched, stream and send_above in one demand', async () => {
    const { fleet, clock, demand, join } = await scene();
    demand.watch('a');
    demand.sendAbove('a', 80);
    const { viewer } = join('a');
    expect(fleet.demands.get('a')).toEqual({ watched: true, stream: true, send_above: 80 });
    viewer.gone();
    clock.advance(15_001);
    expect(fleet.demands.get('a')).toEqual({ watched: true, stream: false, send_above: 80 });
    demand.release('a');
    clock.advance(15_001);
    expect(fleet.demands.get('a')).toEqual({ watched: false, stream: false, send_above: 80 });
    demand.sendAbove('a', null);
    expect(fleet.demands.get('a')).toBeNull();
  });

  it('says why there is none, and ends', async () => {
    const { fleet, clock, join } = await scene();
    const stranger = join('nope');
    expect([stranger.connection.take(), stranger.connection.closed]).toEqual([
      [{ error: 'NL43 config not found', unit_id: 'nope' }],
      1000,
    ]);
    const silent = join('a');
    clock.advance(16_000);
    expect([silent.connection.take()[0]?.['error'], silent.connection.closed]).toEqual([
      'Failed to communicate with device',
      1000,
    ]);
    const cut = join('a');
    fleet.tellState('a', UNREACHABLE);
    expect(cut.connection.take()).toEqual([
      {
        error: 'Failed to communicate with device',
        detail: "Failed to connect to device: [Errno 111] Connect call failed ('127.0.0.1', 2255)",
      },
    ]);
    fleet.tellEdge('site', exampleEdge('offline'));
    expect(join('a').connection.closed).toBe(1000);
  });

  it('says at once that the meter refuses the stream, in the words of its edge', async () => {
    const { fleet, join } = await scene();
    const { connection } = join('a');
    const text = 'The 10 Hz stream cannot be had: the meter refused it with R+0004.';
    fleet.tellEvent('a', { id: 'e1', kind: 'fallback', at: '2026-11-23T06:57:19.370Z', text, detail: { acquisition: 'dod' } });
    expect([connection.take(), connection.closed]).toEqual([
      [{ error: 'Failed to communicate with device', detail: text }],
      1000,
    ]);
  });

  it('leaves ticks out for a viewer that does not take them, and for nobody else', async () => {
    const { fleet, join } = await scene();
    const [slow, quick] = [join('a'), join('a')];
    slow.connection.bufferedBytes = 100_000;
    fleet.tellTick('a', TICK);
    expect([slow.connection.take().length, quick.connection.take().length]).toEqual([0, 1]);
  });
});
