import type { Frame } from '@slmm/protocol';
import { createLogger, FakeClock } from '@slmm/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryAlertStore } from '../adapters/memory/memory-alert-store.ts';
import { MemoryReadingStore } from '../adapters/memory/memory-reading-store.ts';
import { receiverSchema } from '../notify/receiver.ts';
import { AlertEngine } from './engine.ts';
import type { EventRecord } from './event-record.ts';
import { ruleSchema, type RuleDraft } from './rule.ts';

const START_MS = Date.parse('2026-06-01T10:00:00Z');
const log = createLogger('test', 'silent');
const rules: RuleDraft[] = [
  {
    id: 'lp',
    unit: 'u1',
    name: 'lp',
    metric: { kind: 'lp' },
    levels: [{ name: 'warn', threshold: 70 }],
    hold_s: 3,
    notify: ['ann'],
  },
  {
    id: 'leq',
    unit: 'u1',
    name: 'leq',
    metric: { kind: 'leq', seconds: 15, mode: 'moving' },
    levels: [{ name: 'warn', threshold: 68 }],
    clear_hold_s: 2,
  },
];

function frame(second: number, levelDb: number): Frame {
  return {
    v: 1,
    unit: 'u1',
    epoch: '01TESTEPOCH',
    seq: second,
    at: new Date(START_MS + second * 1000).toISOString(),
    src: 'drd',
    run: 'Start',
    lp: levelDb,
    leq: null,
    le: null,
    lmax: null,
    lmin: null,
    lpeak: null,
    ln: [null, null, null, null, null],
    lieq: null,
    leqmov: null,
    ltm5: null,
    over: false,
    under: false,
    interval: { s: 1, leq: levelDb, lmax: levelDb, lmin: levelDb, lpeak: levelDb, basis: 'drd', ticks: 10 },
    settings: null,
  };
}

/** A hub's alerts with a clock of their own; `restart` leaves everything in memory behind, as a crash does. */
class World {
  readonly clock = new FakeClock(START_MS);
  readonly store = new MemoryAlertStore();
  readonly readings = new MemoryReadingStore();
  readonly announced: string[] = [];
  online = true;
  engine = this.#create();

  #create(): AlertEngine {
    return new AlertEngine({
      store: this.store,
      readings: this.readings,
      clock: this.clock,
      log,
      zoneOf: () => 'UTC',
      edgeOf: () => ({ edge: 'site', online: this.online }),
      announce: ({ record, text }) => this.announced.push(`${record.id} ${record.status} ${text}`),
    });
  }

  async start(...drafts: RuleDraft[]): Promise<void> {
    await this.store.putReceiver(receiverSchema.parse({ id: 'ann', name: 'Ann', channels: [{ kind: 'log' }], group_wait_s: 0 }));
    await this.engine.start();
    for (const draft of drafts) await this.engine.putRule(ruleSchema.parse(draft));
  }

  async restart(): Promise<void> {
    this.engine = this.#create();
    await this.engine.start();
  }

  /** Stored, then told: the order in which ingest does it. */
  async arrive(...frames: Frame[]): Promise<void> {
    const readings = frames.map((one) => ({ frame: one, atMs: Date.parse(one.at), late: false }));
    await this.readings.append({ readings, streams: [], deadLetters: [] });
    for (const one of frames) this.engine.frame('u1', one);
  }

  /** Lets time pass until late readings are weighed. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 8; turn += 1) {
      this.clock.advance(500);
      await new Promise((done) => setImmediate(done));
    }
    const settled = this.engine.settled();
    this.clock.advance(50);
    await settled;
  }

  async history(): Promise<string[]> {
    const events = await this.store.events({ unit: 'u1', limit: 1000 });
    return events
      .map(({ record }) => record)
      .filter((record) => record.kind === 'threshold')
      .map(tell)
      .sort();
  }
}

const tell = (r: EventRecord): string =>
  `${r.id} ${r.onsetMs - START_MS} ${r.clearMs === null ? 'open' : r.clearMs - START_MS} ${r.peakValue ?? ''} ${r.count}`;

describe('the alert engine', () => {
  it('ends up with the events of an undisturbed run, whatever was late, doubled by restarts or out of order', async () => {
    const scenario = fc.record({
      levels: fc.array(fc.integer({ min: 58, max: 82 }), { minLength: 40, maxLength: 90 }),
      outage: fc.record({ from: fc.nat(70), length: fc.integer({ min: 1, max: 50 }) }),
      restartAt: fc.array(fc.nat(89), { maxLength: 3 }),
      shuffle: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ levels, outage, restartAt, shuffle }) => {
        const frames = levels.map((level, index) => frame(index + 1, level));
        const calm = new World();
        await calm.start(...rules);
        const late: Frame[] = [];
        const rough = new World();
        await rough.start(...rules);
        for (const [index, one] of frames.entries()) {
          calm.clock.advance(1000);
          await calm.arrive(one);
          rough.clock.advance(1000);
          if (index >= outage.from && index < outage.from + outage.length) late.push(one);
          else await rough.arrive(one);
          if (restartAt.includes(index)) await rough.restart();
        }
        await rough.settle();
        await rough.arrive(...(shuffle ? late.toReversed() : late));
        await calm.settle();
        await rough.settle();
        expect(await rough.history()).toEqual(await calm.history());
      }),
      { numRuns: 60 },
    );
  });

  it('tells a person once of one event, also when it crashes before it has remembered', async () => {
    const world = new World();
    await world.start(...rules);
    for (let second = 1; second <= 10; second += 1) {
      world.clock.advance(1000);
      await world.arrive(frame(second, 80));
    }
    await world.settle();
    await world.restart();
    await world.settle();
    const told = await world.store.outbox({ limit: 10 });
    expect(told.map((entry) => `${entry.event} ${entry.step} ${entry.receiver}`)).toEqual([
      `lp-${START_MS.toString(36)} onset ann`,
    ]);
  });

  it('records what is found hours later and wakes nobody for it', async () => {
    const world = new World();
    await world.start(...rules);
    await world.arrive(frame(1, 50));
    world.clock.advance(3_600_000);
    await world.arrive(...Array.from({ length: 20 }, (_, index) => frame(index + 2, 80)), frame(30, 50));
    await world.settle();
    const events = await world.store.events({ unit: 'u1', limit: 10 });
    expect(
      events
        .filter(({ record }) => record.kind === 'threshold')
        .map(({ record }) => `${record.rule ?? ''} late=${record.late}`)
        .sort(),
    ).toEqual(['leq late=true', 'lp late=true']);
    expect((await world.store.outbox({ limit: 10 })).filter((entry) => entry.rule === 'lp')).toEqual([]);
  });

  it('closes what an edited rule had open, with that reason, and judges by the new wording from then on', async () => {
    const world = new World();
    await world.start(...rules);
    for (let second = 1; second <= 5; second += 1) {
      world.clock.advance(1000);
      await world.arrive(frame(second, 80));
    }
    await world.engine.putRule(ruleSchema.parse({ ...rules[0], levels: [{ name: 'warn', threshold: 90 }] }));
    for (let second = 6; second <= 12; second += 1) {
      world.clock.advance(1000);
      await world.arrive(frame(second, 80));
    }
    await world.settle();
    const events = await world.store.events({ unit: 'u1', limit: 10 });
    expect(
      events
        .map(({ record }) => record)
        .filter((record) => record.rule === 'lp')
        .map((record) => `${record.status} ${record.endReason ?? ''}`),
    ).toEqual(['cleared rule_changed']);
  });

  it('holds an alert through silence, says that there is no data, and says when it comes again', async () => {
    const world = new World();
    await world.start({ ...(rules[0] as RuleDraft), no_data_after_s: 10 });
    for (let second = 1; second <= 5; second += 1) {
      world.clock.advance(1000);
      await world.arrive(frame(second, 80));
    }
    for (let second = 0; second < 30; second += 1) {
      world.clock.advance(1000);
      await new Promise((done) => setImmediate(done));
    }
    await world.settle();
    const during = (await world.store.events({ unit: 'u1', limit: 10 }))
      .map(({ record }) => `${record.kind} ${record.status}`)
      .sort();
    expect(during).toEqual(['no-data active', 'threshold active']);
    world.clock.advance(1000);
    await world.arrive(frame(60, 80));
    await world.settle();
    expect(
      (await world.store.events({ unit: 'u1', limit: 10 })).map(({ record }) => `${record.kind} ${record.status}`).sort(),
    ).toEqual(['no-data cleared', 'threshold active']);
  });

  it('keeps an acknowledgement through a later telling', async () => {
    const world = new World();
    await world.start(...rules);
    for (let second = 1; second <= 20; second += 1) {
      world.clock.advance(1000);
      if (second !== 10) await world.arrive(frame(second, 80));
    }
    await world.settle();
    const event = `lp-${START_MS.toString(36)}`;
    expect((await world.engine.acknowledge(event, 'bob'))?.record.ackedBy).toBe('bob');
    await world.arrive(frame(10, 50));
    await world.settle();
    expect((await world.store.event(event))?.record).toMatchObject({ ackedBy: 'bob', status: 'cleared' });
  });
});
