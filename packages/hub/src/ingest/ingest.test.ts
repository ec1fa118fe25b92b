import { type Acknowledge, encodeBackfill, encodeLost, type Frame, MAX_SEQ, topics } from '@slmm/protocol';
import { createLogger, FakeClock } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { MemoryReadingStore } from '../adapters/memory/memory-reading-store.ts';
import { coverage } from '../history/ledger/coverage.ts';
import type { FrameTopic } from '../fleet/edge-message.ts';
import type { ReadingBatch } from '../history/reading-store.ts';
import { createMetrics } from '../metrics.ts';
import { exampleFrame } from './frame-example.ts';
import { GROUP_LIMITS } from './group-commit.ts';
import { Ingest } from './ingest.ts';

/** The memory store, whose commits can be held up and made to fail. */
class MoodyStore extends MemoryReadingStore {
  commits = 0;
  failing = false;
  #held: Promise<void> = Promise.resolve();
  release: () => void = () => undefined;

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  override async append(batch: ReadingBatch): Promise<void> {
    await this.#held;
    if (this.failing) throw new Error('the disk is full');
    this.commits += 1;
    await super.append(batch);
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function hub(store = new MoodyStore(), clock = new FakeClock(Date.UTC(2026, 10, 23, 6, 0, 10))) {
  const acks: { edge: string; ack: Acknowledge }[] = [];
  const committed: string[] = [];
  const complaints: string[] = [];
  const enrolled = new Set(['demo', 'other']);
  /** Edges in economy. */
  const thrifty = new Set<string>();
  const ingest = await Ingest.load({
    store,
    clock,
    log: createLogger('test', 'silent'),
    metrics: createMetrics(false),
    random: () => 0.5,
    economy: (edge) => thrifty.has(edge),
    enrolled: (edge) => enrolled.has(edge),
    complaints: { say: (_reason, _source, _topic, text) => complaints.push(text) },
    committed: (readings) => committed.push(...readings.map(({ frame, edge }) => `${edge} ${frame.unit} ${frame.seq}`)),
    bus: {
      publish: (topic, payload) => {
        const edge = topic.split('/')[2] ?? '';
        expect(topic).toBe(topics.ack(edge));
        acks.push({ edge, ack: JSON.parse(String(payload)) as Acknowledge });
        return Promise.resolve();
      },
    },
  });
  /** Lets time and commits go on. */
  const pass = async (ms = 1000): Promise<void> => {
    await settle();
    for (let passed = 0; passed < ms; passed += 10) {
      clock.advance(10);
      await settle();
    }
  };
  const send = (kind: FrameTopic['kind'], payload: string | Uint8Array, edge = 'demo', unit = 'NL43-01') =>
    ingest.receive({ kind, edge, unit }, { topic: topics[kind](edge, unit), payload: Buffer.from(payload), retained: false });
  const live = (frame: Frame, edge = 'demo') => send('dod', JSON.stringify(frame), edge, frame.unit);
  const stored = async (unit = 'NL43-01'): Promise<number[]> => {
    const { readings } = await store.readings({ unit, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 1_000_000 });
    return readings.map(({ frame }) => frame.seq);
  };
  return { ingest, store, clock, acks, committed, complaints, enrolled, thrifty, pass, send, live, stored };
}

const upto = (acks: readonly { ack: Acknowledge }[]): (number | undefined)[] => acks.map(({ ack }) => ack.upto['NL43-01']);

describe('ingest', () => {
  it('stores each frame once, announces it in order and acknowledges it after the commit', async () => {
    const { live, pass, stored, committed, acks, store } = await hub();
    store.hold();
    for (const seq of [1, 2, 2, 3, 1]) void live(exampleFrame({ seq }));
    await pass();
    // The repeated frames are answered, with nothing: nothing is committed.
    expect(upto(acks).every((seq) => seq === 0)).toBe(true);
    expect(committed).toEqual([]);
    store.release();
    await pass();
    expect(await stored()).toEqual([1, 2, 3]);
    expect(committed).toEqual(['demo NL43-01 1', 'demo NL43-01 2', 'demo NL43-01 3']);
    expect(acks.at(-1)).toMatchObject({ edge: 'demo', ack: { epoch: '01JD3EPOCH', upto: { 'NL43-01': 3 } } });
  });

  it('acknowledges up to the first hole, and past it once backfill has filled it', async () => {
    const { live, send, pass, acks } = await hub();
    for (const seq of [1, 4]) void live(exampleFrame({ seq }));
    await pass();
    expect(upto(acks).at(-1)).toBe(1);
    void send('backfill', encodeBackfill([exampleFrame({ seq: 2 }), exampleFrame({ seq: 3 })]));
    await pass();
    expect(upto(acks).at(-1)).toBe(4);
  });

  it('passes over what the edge has lost, and keeps the cause', async () => {
    const { live, send, pass, acks, store } = await hub();
    void live(exampleFrame({ seq: 11 }));
    void send(
      'backfill',
      encodeLost('NL43-01', '01JD3EPOCH', [{ first: 1, last: 10, cause: 'journal-full', from: null, to: null }]),
    );
    await pass();
    expect(upto(acks).at(-1)).toBe(11);
    expect((await store.streams())[0]?.lost).toMatchObject([{ first: 1, last: 10, cause: 'journal-full' }]);
  });

  it('hears acknowledgements at least every second while frames arrive, and not for each frame', async () => {
    const { live, pass, acks, clock } = await hub();
    const times: number[] = [];
    for (let seq = 1; seq <= 500; seq += 1) {
      void live(exampleFrame({ seq }));
      const before = acks.length;
      await pass(10);
      if (acks.length > before) times.push(clock.monotonicMs());
    }
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(1000);
    expect(times.length).toBeLessThanOrEqual(12);
  });

  it('is told to an edge in economy every four minutes or 32 messages, and at once when it repeats itself', async () => {
    const { live, pass, acks, thrifty } = await hub();
    thrifty.add('demo');
    void live(exampleFrame({ seq: 1 }));
    await pass();
    expect(upto(acks)).toEqual([1]);
    void live(exampleFrame({ seq: 2 }));
    await pass(230_000);
    expect(upto(acks)).toEqual([1]);
    await pass(20_000);
    expect(upto(acks)).toEqual([1, 2]);
    for (let seq = 3; seq <= 40; seq += 1) {
      void live(exampleFrame({ seq }));
      await pass(600);
    }
    expect(upto(acks)).toEqual([1, 2, 34]);
    void live(exampleFrame({ seq: 40 }));
    await pass();
    expect(upto(acks)).toEqual([1, 2, 34, 40]);
  });

  it('collects what comes during a commit into the next one', async () => {
    const { live, pass, store, stored } = await hub();
    void live(exampleFrame({ seq: 1 }));
    store.hold();
    await pass(20);
    for (let seq = 2; seq <= 100; seq += 1) void live(exampleFrame({ seq }));
    store.release();
    await pass();
    expect(await stored()).toHaveLength(100);
    expect(store.commits).toBe(2);
  });

  it('makes senders wait while it is full, and loses nothing', async () => {
    const { live, pass, store, stored } = await hub();
    store.hold();
    await pass(20);
    const total = GROUP_LIMITS.readings * 2 + 50;
    const answers: (Promise<void> | void)[] = [];
    for (let seq = 1; seq <= total; seq += 1) {
      answers.push(live(exampleFrame({ seq })));
      if (seq === 1) await pass(20);
    }
    const waiting = answers.filter((answer) => answer !== undefined);
    expect(waiting).toHaveLength(total - 1 - GROUP_LIMITS.readings);
    store.release();
    await pass();
    await Promise.all(waiting);
    expect(await stored()).toHaveLength(total);
  });

  it('neither acknowledges nor gives up while the store fails, and says what is wrong', async () => {
    const { ingest, live, pass, store, stored, acks } = await hub();
    store.failing = true;
    void live(exampleFrame({ seq: 1 }));
    await pass(3000);
    void live(exampleFrame({ seq: 2 }));
    await pass(3000);
    expect(acks).toEqual([]);
    expect(ingest.problem).toMatch(/the disk is full/);
    store.failing = false;
    await pass(10_000);
    expect(await stored()).toEqual([1, 2]);
    expect(upto(acks).at(-1)).toBe(2);
    expect(ingest.problem).toBeNull();
  });

  it('sets a poisoned frame aside with its reason and writes its seq off, so that the edge goes on', async () => {
    const { live, send, pass, acks, store, complaints } = await hub();
    void send('dod', JSON.stringify({ ...exampleFrame({ seq: 1 }), lp: 'loud' }));
    void live(exampleFrame({ seq: 2 }));
    await pass();
    expect(upto(acks).at(-1)).toBe(2);
    expect((await store.streams())[0]?.lost).toMatchObject([{ first: 1, last: 1, cause: 'poison' }]);
    expect((await store.deadLetters(10))[0]).toMatchObject({ topic: topics.dod('demo', 'NL43-01'), times: 1 });
    expect(complaints[0]).toMatch(/lp/);
  });

  it('keeps the good frames of a batch with a poisoned one, and writes only that one off', async () => {
    const { send, pass, acks, store, stored } = await hub();
    void send('backfill', encodeBackfill([1, 2, 3].map((seq) => exampleFrame({ seq, lp: seq === 2 ? 900 : 60 }))));
    await pass();
    expect(await stored()).toEqual([1, 3]);
    expect(upto(acks).at(-1)).toBe(3);
    expect((await store.streams())[0]?.lost).toMatchObject([{ first: 2, last: 2, cause: 'poison' }]);
    expect((await store.deadLetters(10))[0]?.reason).toMatch(/1 of its frames .* seq 2/);
  });

  it.each([
    ['no JSON', 'dod', '{'],
    ['a batch that is none', 'backfill', 'SB???'],
    ['a frame of another unit', 'dod', JSON.stringify(exampleFrame({ seq: 1, unit: 'NL43-02' }))],
    ['a hundred thousand opened brackets', 'dod', '['.repeat(100_000)],
    ['objects within objects', 'dod', '{"a":'.repeat(30_000)],
    ['a level that is no number', 'dod', JSON.stringify(exampleFrame({ seq: 1 })).replace('62.4', 'NaN')],
    ['seq 0', 'dod', JSON.stringify({ ...exampleFrame({ seq: 1 }), seq: 0 })],
    [
      'a seq beyond what a number can say',
      'dod',
      JSON.stringify(exampleFrame({ seq: 1 })).replace('"seq":1', '"seq":9007199254740993'),
    ],
    ['an epoch that is none', 'dod', JSON.stringify({ ...exampleFrame({ seq: 1 }), epoch: '__proto__' })],
    ['no UTF-8', 'dod', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ] as const)('sets %s aside and writes nothing off', async (_, kind, payload) => {
    const { send, pass, store } = await hub();
    void send(kind, payload);
    void send(kind, payload);
    await pass();
    expect(await store.deadLetters(10)).toMatchObject([{ times: 2 }]);
    expect(await store.streams()).toEqual([]);
  });

  it.each([
    ['beyond all numbers', JSON.stringify(exampleFrame({ seq: 2 })).replace('"lp":62.4', '"lp":1e999')],
    ['of the year 9999', JSON.stringify({ ...exampleFrame({ seq: 2 }), at: '9999-01-01T00:00:00.000Z' })],
    ['of a wrong type', JSON.stringify({ ...exampleFrame({ seq: 2 }), ln: 'sixty' })],
  ])('writes a frame off that says something %s, and takes the next', async (_name, payload) => {
    const { send, live, pass, stored, acks } = await hub();
    void live(exampleFrame({ seq: 1 }));
    void send('dod', payload);
    void live(exampleFrame({ seq: 3 }));
    await pass();
    expect(await stored()).toEqual([1, 3]);
    expect(upto(acks).at(-1)).toBe(3);
  });

  it('sets aside a seq that no journal can reach, for the hole before it would count as frames to come for ever', async () => {
    const { live, pass, stored, acks, store, clock } = await hub();
    void live(exampleFrame({ seq: 1 }));
    void live({ ...exampleFrame({ seq: 2 }), seq: 1e15 });
    void live(exampleFrame({ seq: 2 }));
    await pass();
    expect(await stored()).toEqual([1, 2]);
    expect(upto(acks).at(-1)).toBe(2);
    const report = await coverage(store, 'NL43-01', 0, clock.nowMs(), clock.nowMs());
    expect(report.live + report.late).toBe(2);
    expect(report.gaps.every(({ frames }) => frames < 1e9)).toBe(true);
  });

  it('takes the highest seq that there can be, and acknowledges what is before the hole', async () => {
    const { live, pass, stored, acks } = await hub();
    void live(exampleFrame({ seq: 1 }));
    void live(exampleFrame({ seq: MAX_SEQ }));
    await pass();
    expect(await stored()).toEqual([1, MAX_SEQ]);
    expect(upto(acks).at(-1)).toBe(1);
  });

  it('tells an edge at its birth where to resume, also when the hub has nothing of its journal', async () => {
    const { ingest, live, pass, acks } = await hub();
    void live(exampleFrame({ seq: 1 }));
    await pass();
    acks.length = 0;
    ingest.edgeBorn('demo', ['01JD3EPOCH']);
    ingest.edgeBorn('other', ['01NEWEPOCH', '01OLDEPOCH']);
    expect(acks).toMatchObject([
      { edge: 'demo', ack: { epoch: '01JD3EPOCH', upto: { 'NL43-01': 1 }, all: true } },
      { edge: 'other', ack: { epoch: '01NEWEPOCH', upto: {}, all: true } },
      { edge: 'other', ack: { epoch: '01OLDEPOCH', upto: {}, all: true } },
    ]);
  });

  it('answers an edge that names its epochs with what it has of these, and of no others', async () => {
    const { ingest, live, pass, acks } = await hub();
    void live(exampleFrame({ seq: 1, epoch: '01JD3EPOCH' }));
    void live(exampleFrame({ seq: 1, epoch: '01JA0EPOCH' }));
    await pass();
    acks.length = 0;
    ingest.edgeAsks('demo', ['01JD3EPOCH', '01UNHEARD0']);
    expect(acks.map(({ ack }) => [ack.epoch, ack.upto])).toEqual([
      ['01JD3EPOCH', { 'NL43-01': 1 }],
      ['01UNHEARD0', {}],
    ]);
  });

  it('knows after a restart what it has', async () => {
    const first = await hub();
    for (const seq of [1, 2]) void first.live(exampleFrame({ seq }));
    await first.pass();
    await first.ingest.close();
    const second = await hub(first.store);
    second.ingest.announceAll();
    expect(upto(second.acks)).toEqual([2]);
    void second.live(exampleFrame({ seq: 2 }));
    await second.pass();
    expect(await second.stored()).toEqual([1, 2]);
    expect(second.committed).toEqual([]);
  });

  it('does not let another edge speak for a journal, as long as its own is enrolled', async () => {
    const { live, pass, stored, complaints, enrolled, acks } = await hub();
    void live(exampleFrame({ seq: 1 }));
    void live(exampleFrame({ seq: 2 }), 'other');
    await pass();
    expect(await stored()).toEqual([1]);
    expect(complaints[0]).toMatch(/is the journal of edge demo/);
    enrolled.delete('demo');
    void live(exampleFrame({ seq: 2 }), 'other');
    await pass();
    expect(await stored()).toEqual([1, 2]);
    expect(acks.at(-1)).toMatchObject({ edge: 'other', ack: { upto: { 'NL43-01': 2 } } });
  });

  it('commits and acknowledges what it holds when it is closed', async () => {
    const { ingest, live, stored, acks, clock } = await hub();
    void live(exampleFrame({ seq: 1 }));
    clock.advance(0);
    void live(exampleFrame({ seq: 2 }));
    await ingest.close();
    expect(await stored()).toEqual([1, 2]);
    expect(upto(acks).at(-1)).toBe(2);
  });
});
