import { FakeClock, createLogger } from '@slmm/shared';
import type { Frame } from '@slmm/protocol';
import { exampleFrame } from '@slmm/protocol/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { FrameDraft } from '../acquisition/outlet.ts';
import { type Journal, type JournalOptions, openJournal } from './journal.ts';
import { PowerCut, SimDisk } from './sim-disk.ts';

const HOUR_MS = 3_600_000;
const log = createLogger('test', 'silent');

const draft = (unit: string, atMs: number, lp = 50): FrameDraft =>
  exampleFrame({
    unit,
    at: new Date(atMs).toISOString(),
    lp,
    interval: { s: 1.003, leq: 62.1, lmax: null, lmin: null, lpeak: null, basis: 'lp', ticks: 0 },
  });

/** Lets everything happen that only waits for promises. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((done) => setImmediate(done));
};

class Bench {
  readonly clock = new FakeClock(Date.UTC(2026, 10, 23, 6));
  readonly disk = new SimDisk();
  durable: Frame[] = [];
  epochs: string[] = [];
  #count = 0;
  #journal: Journal | null = null;

  get journal(): Journal {
    if (this.#journal === null) throw new Error('not open');
    return this.#journal;
  }

  async open(options: Partial<JournalOptions> = {}): Promise<Journal> {
    this.#journal = await openJournal({
      disk: this.disk.boot(),
      clock: this.clock,
      log,
      newEpoch: () => `EPOCH${String((this.#count += 1)).padStart(5, '0')}`,
      syncWindowMs: 50,
      segmentBytes: 4000,
      maxBytes: 1_000_000,
      maxAgeMs: 14 * 24 * HOUR_MS,
      keepAcknowledgedMs: 24 * HOUR_MS,
      maxPendingFrames: 1000,
      ...options,
    });
    this.#journal.listen({
      durable: (frames) => this.durable.push(...frames),
      epochChanged: (epoch) => this.epochs.push(epoch),
      changed: () => {},
    });
    return this.#journal;
  }

  /** Appends `count` frames a second apart, each in a group of its own. */
  async measure(count: number, unit = 'u1'): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      this.journal.append(draft(unit, this.clock.nowMs()));
      await this.pass(1000);
    }
  }

  async pass(ms: number): Promise<void> {
    const stepMs = Math.max(1000, ms / 100);
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(stepMs, left));
      await settle();
    }
  }

  async read(unit = 'u1', epoch = this.journal.epoch): Promise<{ seqs: number[]; lost: string[] }> {
    const { acknowledged, highest } = this.journal.streams().find((one) => one.epoch === epoch && one.unit === unit) ?? {
      acknowledged: 0,
      highest: 0,
    };
    const { frames, lost } = await this.journal.read(epoch, unit, [acknowledged + 1, highest], 10_000);
    return { seqs: frames.map(({ seq }) => seq), lost: lost.map(({ first, last, cause }) => `${first}-${last} ${cause}`) };
  }

  close(): Promise<void> {
    return this.#journal?.close() ?? Promise.resolve();
  }
}

let bench = new Bench();
afterEach(async () => {
  await bench.close();
  bench = new Bench();
});

const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('journal', () => {
  it('publishes a frame only after its group was synced, numbered from 1 by unit', async () => {
    const journal = await bench.open();
    journal.append(draft('u1', bench.clock.nowMs()));
    journal.append(draft('u2', bench.clock.nowMs()));
    journal.append(draft('u1', bench.clock.nowMs()));
    await bench.pass(49);
    expect(bench.durable).toEqual([]);
    await bench.pass(1);
    expect(bench.durable.map(({ unit, seq }) => `${unit} ${seq}`)).toEqual(['u1 1', 'u2 1', 'u1 2']);
  });

  it('lets a frame that comes after a pause wait for those that come with it alone, and gathers those that follow closely', async () => {
    const journal = await bench.open();
    await bench.pass(1000);
    journal.append(draft('u1', bench.clock.nowMs()));
    await bench.pass(5);
    expect(bench.durable).toHaveLength(1);
    for (const unit of ['u1', 'u2']) journal.append(draft(unit, bench.clock.nowMs()));
    await bench.pass(49);
    expect(bench.durable).toHaveLength(1);
    await bench.pass(1);
    expect(bench.durable).toHaveLength(3);
  });

  it('reads back exactly what was published, over many segments and after a restart', async () => {
    await bench.open();
    await bench.measure(60);
    const published = bench.durable;
    expect(bench.disk.names().length).toBeGreaterThan(3);
    await bench.close();
    const journal = await bench.open();
    const { frames } = await journal.read(journal.epoch, 'u1', [1, 60], 1000);
    expect(frames).toEqual(published);
  });

  it('goes on counting after a clean restart, in the same epoch', async () => {
    await bench.open();
    await bench.measure(3);
    const { epoch } = bench.journal;
    await bench.close();
    await bench.open();
    await bench.measure(2);
    expect(bench.durable.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(bench.journal.epoch).toBe(epoch);
  });

  it('goes on counting although all frames were acknowledged and their files removed', async () => {
    await bench.open();
    await bench.measure(40);
    bench.journal.acknowledge(bench.journal.epoch, { u1: 40 });
    await bench.pass(25 * HOUR_MS);
    await bench.close();
    await bench.open();
    await bench.pass(1000);
    expect(bench.disk.names().length).toBeLessThan(3);
    await bench.measure(1);
    expect(bench.durable.at(-1)?.seq).toBe(41);
  });

  it('keeps acknowledged frames for 24 h and gives them again when the hub goes back', async () => {
    await bench.open();
    await bench.measure(40);
    bench.journal.acknowledge(bench.journal.epoch, { u1: 40 });
    await bench.pass(20 * HOUR_MS);
    bench.journal.acknowledge(bench.journal.epoch, { u1: 5 });
    expect(await bench.read()).toEqual({ seqs: upTo(40, 6), lost: [] });
  });

  it('says what is gone when the hub goes back further than that', async () => {
    await bench.open();
    await bench.measure(40);
    bench.journal.acknowledge(bench.journal.epoch, { u1: 40 });
    await bench.pass(30 * HOUR_MS);
    await bench.measure(40);
    bench.journal.acknowledge(bench.journal.epoch, { u1: 10 });
    const { seqs, lost } = await bench.read();
    expect(lost).toEqual([expect.stringMatching(/^11-\d+ trimmed$/)]);
    expect(seqs.at(-1)).toBe(80);
    expect(Number(lost[0]?.match(/-(\d+)/)?.[1]) + 1).toBe(seqs[0]);
  });

  it('begins a new epoch when the hub has more than the journal: it is an old copy of itself', async () => {
    await bench.open();
    await bench.measure(3);
    const { epoch } = bench.journal;
    bench.journal.acknowledge(epoch, { u1: 900 });
    await bench.measure(1);
    expect(bench.epochs).toEqual([bench.journal.epoch]);
    expect(bench.durable.at(-1)).toMatchObject({ epoch: bench.journal.epoch, seq: 1 });
  });
});

describe('bounds of the journal', () => {
  it('drops the oldest segment when full and names what is lost, with its times', async () => {
    await bench.open({ maxBytes: 20_000 });
    await bench.measure(200);
    const figures = bench.journal.figures();
    expect(figures.bytes).toBeLessThanOrEqual(20_000 + 4000);
    const { seqs, lost } = await bench.read();
    expect(lost).toEqual([`1-${(seqs[0] ?? 0) - 1} journal-full`]);
    expect(seqs.at(-1)).toBe(200);
    expect(figures.dropped).toBe((seqs[0] ?? 0) - 1);
    const { lost: ranges } = await bench.journal.read(bench.journal.epoch, 'u1', [1, 1], 1);
    expect(ranges[0]?.fromMs).toBe(Date.UTC(2026, 10, 23, 6));
  });

  it('still names it after a restart, and forgets it when the hub has written it off', async () => {
    await bench.open({ maxBytes: 20_000 });
    await bench.measure(200);
    const before = await bench.read();
    await bench.close();
    await bench.open({ maxBytes: 20_000 });
    expect(await bench.read()).toEqual(before);
    bench.journal.acknowledge(bench.journal.epoch, { u1: 200 });
    expect(await bench.read()).toEqual({ seqs: [], lost: [] });
  });

  it('lets acknowledged frames go before unacknowledged ones', async () => {
    await bench.open({ maxBytes: 20_000 });
    await bench.measure(60, 'old');
    await bench.measure(20, 'u1');
    bench.journal.acknowledge(bench.journal.epoch, { old: 60 });
    await bench.measure(50, 'u1');
    expect(await bench.read('u1')).toEqual({ seqs: upTo(70), lost: [] });
    expect(bench.journal.figures().dropped).toBe(0);
  });

  it('drops what is older than the bound of age', async () => {
    await bench.open({ maxAgeMs: 10 * HOUR_MS });
    await bench.measure(30);
    await bench.pass(11 * HOUR_MS);
    await bench.measure(30);
    const { lost } = await bench.read();
    expect(lost).toEqual([expect.stringContaining('journal-age')]);
  });

  it.each([
    ['thirty years', 30 * 365 * 24],
    ['two days', 48],
    ['two days back', -48],
  ])('does not count age by a wall clock that is wrong by %s at a start', async (_text, hours) => {
    await bench.open({ maxAgeMs: 10 * HOUR_MS });
    await bench.measure(30);
    await bench.close();
    bench.clock.stepWall(hours * HOUR_MS);
    await bench.open({ maxAgeMs: 10 * HOUR_MS });
    await bench.pass(HOUR_MS);
    expect((await bench.read()).seqs).toHaveLength(30);
  });

  it('counts over a restart how long was measured after a frame', async () => {
    const maxAgeMs = 60_000;
    await bench.open({ maxAgeMs });
    await bench.measure(60);
    await bench.close();
    await bench.open({ maxAgeMs });
    await bench.pass(30_000);
    const { seqs, lost } = await bench.read();
    expect(lost).toEqual([`1-${(seqs[0] ?? 0) - 1} journal-age`]);
    expect(seqs.length).toBeGreaterThan(10);
    expect(seqs.length).toBeLessThan(50);
  });
});

describe('a failing disk', () => {
  it('holds frames back, tries again and loses none of them', async () => {
    await bench.open();
    await bench.measure(2);
    bench.disk.fail('EIO', 6);
    await bench.measure(5);
    expect(bench.journal.figures()).toMatchObject({ fault: 'EIO' });
    await bench.pass(60_000);
    expect(bench.durable.map(({ seq }) => seq)).toEqual(upTo(7));
    expect(bench.journal.figures().fault).toBeNull();
    expect(bench.journal.figures().faults).toBeGreaterThan(0);
    expect(await bench.read()).toEqual({ seqs: upTo(7), lost: [] });
  });

  it('gives up the oldest waiting frames past its bound, and tells which', async () => {
    await bench.open({ maxPendingFrames: 10 });
    await bench.measure(2);
    bench.disk.fail('EROFS', 1_000_000);
    await bench.measure(50);
    bench.disk.heal();
    await bench.pass(60_000);
    expect(bench.durable.map(({ seq }) => seq)).toEqual([1, 2, ...upTo(52, 43)]);
    expect(await bench.read()).toEqual({ seqs: [1, 2, ...upTo(52, 43)], lost: ['3-42 disk'] });
    await bench.close();
    await bench.open();
    expect((await bench.read()).lost).toEqual(['3-42 disk']);
  });

  it('takes a full disk as its bound', async () => {
    bench.disk.capacityBytes = 15_000;
    await bench.open();
    await bench.measure(200);
    await bench.pass(60_000);
    const { seqs, lost } = await bench.read();
    expect(seqs.at(-1)).toBe(200);
    expect(lost).toEqual([`1-${(seqs[0] ?? 0) - 1} journal-full`]);
  });

  it('starts although nothing can be written, and writes once that is possible', async () => {
    await bench.open();
    await bench.close();
    bench.disk.capacityBytes = 0;
    await bench.open();
    await bench.measure(2);
    expect(bench.durable).toEqual([]);
    bench.disk.capacityBytes = 1_000_000;
    await bench.pass(60_000);
    expect(bench.durable.map(({ seq }) => seq)).toEqual([1, 2]);
  });
});

describe('damage', () => {
  const frameFiles = (): string[] => bench.disk.names().filter((name) => bench.disk.bytesOf(name) > 1000);

  it('sets a corrupt segment aside, keeps its good frames, names the bad ones and goes on under a new epoch', async () => {
    await bench.open();
    await bench.measure(60);
    const { epoch } = bench.journal;
    await bench.close();
    const name = frameFiles()[1] ?? '';
    bench.disk.flip(name, 2000);
    await bench.open();
    expect(bench.journal.epoch).toBe(epoch);
    await bench.pass(120_000);
    expect(bench.disk.names()).toContain(`${name}.corrupt`);
    expect(bench.journal.epoch).not.toBe(epoch);
    expect(bench.journal.figures().corruptSegments).toBe(1);
    const { seqs, lost } = await bench.read('u1', epoch);
    expect(seqs).toHaveLength(59);
    expect(lost).toEqual([expect.stringMatching(/^(\d+)-\1 corrupt$/)]);
    await bench.close();
    await bench.open();
    expect(await bench.read('u1', epoch)).toEqual({ seqs, lost });
  });

  it('finds damage at once when it reads the frames back', async () => {
    await bench.open();
    await bench.measure(60);
    const { epoch } = bench.journal;
    await bench.close();
    await bench.open();
    bench.disk.flip(frameFiles()[1] ?? '', 2000);
    const { seqs, lost } = await bench.read('u1', epoch);
    expect(seqs.length + lost.length).toBe(60);
    expect(lost).toHaveLength(1);
  });

  it.each([
    ['a bit flipped in the last frame', (name: string) => bench.disk.flip(name, bench.disk.bytesOf(name) - 5)],
    ['a bit flipped in the beginning', (name: string) => bench.disk.flip(name, 3)],
    ['a cut in the middle of a frame', (name: string) => bench.disk.truncate(name, bench.disk.bytesOf(name) - 20)],
    ['nothing but its name left', (name: string) => bench.disk.truncate(name, 0)],
  ])('never counts on in the old epoch after %s of the newest segment', async (_case, hurt) => {
    await bench.open({ segmentBytes: 100_000 });
    await bench.measure(10);
    const { epoch } = bench.journal;
    hurt(bench.disk.names().at(-1) ?? '');
    bench.disk.crash(() => 0);
    await bench.open();
    expect(bench.journal.epoch).not.toBe(epoch);
    await bench.measure(1);
    expect(bench.durable.at(-1)).toMatchObject({ epoch: bench.journal.epoch, seq: 1 });
  });
});

describe('damage that was dealt with', () => {
  it('costs no second epoch when an interrupted append is read back, nor at the next start', async () => {
    await bench.open({ segmentBytes: 100_000 });
    await bench.measure(10);
    const { epoch } = bench.journal;
    const name = bench.disk.names().at(-1) ?? '';
    bench.disk.truncate(name, bench.disk.bytesOf(name) - 20);
    bench.disk.crash(() => 0);
    await bench.open();
    const next = bench.journal.epoch;
    expect(next).not.toBe(epoch);
    expect(await bench.read('u1', epoch)).toEqual({ seqs: upTo(9), lost: [] });
    await bench.measure(2);
    await bench.close();
    await bench.open();
    expect(bench.journal.epoch).toBe(next);
    expect(await bench.read('u1', epoch)).toEqual({ seqs: upTo(9), lost: [] });
    expect(bench.disk.names()).toContain(name);
  });

  it('is lived with when the file cannot even be renamed', async () => {
    await bench.open();
    await bench.measure(60);
    const { epoch } = bench.journal;
    await bench.close();
    await bench.open();
    const name = bench.disk.names().find((one) => bench.disk.bytesOf(one) > 1000) ?? '';
    bench.disk.flip(name, 2000);
    bench.disk.refuseRenames = true;
    const { seqs, lost } = await bench.read('u1', epoch);
    expect(seqs).toHaveLength(59);
    expect(lost).toHaveLength(1);
    expect(bench.disk.names()).toContain(name);
  });
});

describe('corrections of time', () => {
  it('apply to frames that wait, to frames that are read and after a restart', async () => {
    const journal = await bench.open();
    await bench.measure(2);
    journal.append(draft('u1', bench.clock.nowMs()));
    journal.correct([{ unit: 'u1', first: 2, last: 3, byMs: 5000 }]);
    await bench.pass(1000);
    const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 23, 6, 0, seconds)).toISOString();
    expect(bench.durable.at(-1)?.at).toBe(at(2 + 5));
    await bench.close();
    const again = await bench.open();
    const { frames } = await again.read(again.epoch, 'u1', [1, 3], 10);
    expect(frames.map((frame) => frame.at)).toEqual([at(0), at(6), at(7)]);
  });
});

describe('power cuts and kills', () => {
  /** Everything anybody outside has seen: frame by epoch, unit and seq. */
  class Seen {
    readonly #frames = new Map<string, string>();

    take(frames: readonly Frame[]): void {
      for (const frame of frames) {
        const key = `${frame.epoch} ${frame.unit} ${frame.seq}`;
        expect(this.#frames.get(key) ?? JSON.stringify(frame)).toBe(JSON.stringify(frame));
        this.#frames.set(key, JSON.stringify(frame));
      }
    }

    all(): Frame[] {
      return [...this.#frames.values()].map((json) => JSON.parse(json) as Frame);
    }
  }

  const readAll = async (journal: Journal): Promise<Frame[]> => {
    const frames: Frame[] = [];
    for (const { epoch, unit, acknowledged, highest } of journal.streams())
      if (highest > acknowledged) frames.push(...(await journal.read(epoch, unit, [acknowledged + 1, highest], 1000)).frames);
    return frames;
  };

  it('cost no frame that was published and give no seq twice, whenever they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.integer({ min: 1, max: 60 }), kill: fc.boolean() }), { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        async (ends, dice) => {
          const random = (): number => dice.next().value as number;
          const tried = new Bench();
          const seen = new Seen();
          const acknowledged = new Map<string, number>();
          for (const end of ends) {
            tried.disk.cutPowerAfter(end.at);
            tried.durable = [];
            try {
              const journal = await tried.open({ segmentBytes: 1500 });
              seen.take(await readAll(journal));
              for (let index = 0; index < 12; index += 1) {
                await tried.measure(1, `u${index % 2}`);
                seen.take(tried.durable);
                const seq = tried.durable.findLast(({ unit, epoch }) => unit === 'u0' && epoch === journal.epoch)?.seq;
                if (seq === undefined || random() > 0.3) continue;
                journal.acknowledge(journal.epoch, { u0: seq });
                acknowledged.set(journal.epoch, seq);
              }
            } catch (error) {
              if (!(error instanceof PowerCut)) throw error;
            }
            if (end.kill) tried.disk.kill();
            else tried.disk.crash(random);
          }
          const journal = await tried.open();
          for (const frame of seen.all()) {
            if (frame.unit === 'u0' && frame.seq <= (acknowledged.get(frame.epoch) ?? 0)) continue;
            const { frames } = await journal.read(frame.epoch, frame.unit, [frame.seq, frame.seq], 1);
            expect(frames).toEqual([frame]);
          }
          await journal.close();
        },
      ),
      { numRuns: Number(process.env['JOURNAL_RUNS'] ?? 60) },
    );
  }, 600_000);
});
