import { createLogger, FakeClock } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { HistoryKeeper } from './history-keeper.ts';
import { type Compacted, type CompactOrder, DEFAULT_RETENTION } from './history-store.ts';

/** A store that has some quarter-hours to pack, and says what it was asked. */
class FakeStore {
  readonly orders: CompactOrder[] = [];
  prunes = 0;
  reclaims = 0;
  free = 0;
  left = 0;
  rows = 0;
  failing = false;
  damaged: string[] = [];

  mark(): Promise<number> {
    return this.failing ? Promise.reject(new Error('the disk is away')) : Promise.resolve(this.rows);
  }

  compact(order: CompactOrder): Promise<Compacted> {
    this.orders.push(order);
    const compacted = Math.min(order.limit, this.left);
    this.left -= compacted;
    return Promise.resolve({ compacted, damaged: this.damaged });
  }

  prune(): Promise<{ deleted: number }> {
    this.prunes += 1;
    return Promise.resolve({ deleted: 0 });
  }

  reclaim(): Promise<{ bytes: number }> {
    this.reclaims += 1;
    const bytes = Math.min(1000, this.free);
    this.free -= bytes;
    return Promise.resolve({ bytes });
  }
}

function start() {
  const clock = new FakeClock(Date.UTC(2026, 5, 1));
  const store = new FakeStore();
  const keeper = new HistoryKeeper({ store, retention: DEFAULT_RETENTION, clock, log: createLogger('test', 'silent') });
  keeper.start();
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10_000) {
      clock.advance(10_000);
      // Several awaits follow one another in a look.
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    }
  };
  return { clock, store, keeper, pass };
}

describe('HistoryKeeper', () => {
  it('packs only what has rested, by arrival and by its own time', async () => {
    const { clock, store, pass } = start();
    store.rows = 100;
    await pass(60_000);
    store.rows = 200;
    await pass(500_000);
    expect(store.orders).toEqual([]);
    await pass(100_000);
    expect(store.orders[0]?.mark).toBe(100);
    expect(store.orders[0]?.beforeMs).toBeLessThanOrEqual(clock.nowMs() - 600_000);
    await pass(120_000);
    expect(store.orders.at(-1)?.mark).toBe(200);
  });

  it('goes on until nothing is left', async () => {
    const { store, pass } = start();
    store.left = 10;
    await pass(800_000);
    expect(store.left).toBe(0);
  });

  it('goes on with the others when the history of a unit is damaged', async () => {
    const { store, pass } = start();
    store.damaged = ['NL43-01'];
    store.left = 10;
    await pass(900_000);
    expect([store.left, store.prunes]).toEqual([0, 1]);
  });

  it('prunes once an hour', async () => {
    const { store, pass } = start();
    await pass(2 * 3_600_000 + 100_000);
    expect(store.prunes).toBe(3);
  });

  it('gives room back until there is no more to be had', async () => {
    const { store, pass } = start();
    store.free = 2500;
    await pass(60_000);
    expect([store.free, store.reclaims]).toEqual([0, 4]);
    await pass(30_000);
    expect(store.reclaims).toBe(5);
  });

  it('tries again after a failure', async () => {
    const { store, pass } = start();
    store.failing = true;
    await pass(800_000);
    expect(store.orders).toEqual([]);
    store.failing = false;
    await pass(800_000);
    expect(store.orders.length).toBeGreaterThan(0);
  });

  it('stops for good when it is closed', async () => {
    const { store, keeper, pass } = start();
    await pass(700_000);
    await keeper.close();
    const { length } = store.orders;
    await pass(700_000);
    expect(store.orders.length).toBe(length);
  });
});
