import type { CoverageReport, Frame } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryReadingStore } from '../../adapters/memory/memory-reading-store.ts';
import { exampleFrame } from '../../ingest/frame-example.ts';
import { coverage } from './coverage.ts';
import { ledgerOf } from './ledger.ts';
import type { LostRange, Reading, StreamRecord, UnitStateChange } from '../reading-store.ts';
import { withRange } from './seq-ranges.ts';

const UNIT = 'NL43-01';
const EPOCH = '01JD3EPOCH';
const START_MS = Date.UTC(2026, 10, 23, 6);
const at = (second: number): number => START_MS + second * 1000;

interface Story {
  /** `[seq, second]`, or `[seq, second, late]`. */
  readonly frames: readonly (readonly [seq: number, second: number, late?: boolean])[];
  readonly lost?: readonly (readonly [first: number, last: number, cause: LostRange['cause']])[];
  readonly states?: readonly (readonly [second: number, link: UnitStateChange['link'], run?: UnitStateChange['run']])[];
  readonly frame?: (seq: number) => Partial<Frame>;
}

const seconds = (first: number, last: number, shift = 0): (readonly [number, number])[] =>
  Array.from({ length: last - first + 1 }, (_, index) => [first + index, first + index + shift] as const);
const in1970 = (first: number, last: number): (readonly [number, number])[] => seconds(first, last, -START_MS / 1000);

async function tell({ frames, lost = [], states = [], frame = () => ({}) }: Story): Promise<MemoryReadingStore> {
  const store = new MemoryReadingStore();
  const readings = frames.map(([seq, second, late = false]): Reading => {
    const made = exampleFrame({ seq, at: toInstant(at(second)), ...frame(seq) });
    return { frame: made, atMs: at(second), late };
  });
  const settled = [...frames.map(([seq]) => [seq, seq] as const), ...lost.map(([first, last]) => [first, last] as const)].reduce<
    StreamRecord['settled']
  >((ranges, [first, last]) => withRange(ranges, first, last), []);
  const stream: StreamRecord = {
    unit: UNIT,
    epoch: EPOCH,
    edge: 'demo',
    settled,
    lost: lost.map(([first, last, cause]) => ({ first, last, cause, fromMs: null, toMs: null, atMs: 0 })),
  };
  await store.append({ readings, streams: [stream], deadLetters: [] });
  for (const [second, link, run = 'Start'] of states) await store.recordState({ unit: UNIT, atMs: at(second), link, run });
  return store;
}

const report = async (story: Story, from: number, to: number, now = to): Promise<CoverageReport> =>
  coverage(await tell(story), UNIT, at(from), at(to), at(now));
const gapsOf = ({ gaps }: CoverageReport): string[] =>
  gaps.map(({ from, to, frames, cause }) => {
    const second = (text: string): number => (Date.parse(text) - START_MS) / 1000;
    return `${second(from)}..${second(to)} ${frames} ${cause}`;
  });

describe('coverage', () => {
  it('is whole where every frame is there', async () => {
    const told = await report({ frames: seconds(1, 100) }, 1, 101);
    expect(told).toEqual({
      unit: UNIT,
      expected_from: '2026-11-23T06:00:01.000Z',
      expected: 100,
      live: 100,
      late: 0,
      lost: 0,
      coverage: 1,
      gaps: [],
    });
  });

  it('tells live frames from late ones', async () => {
    const frames = seconds(1, 10).map(([seq, second]) => [seq, second, seq > 7] as const);
    expect(await report({ frames }, 1, 11)).toMatchObject({ expected: 10, live: 7, late: 3, coverage: 1 });
  });

  it('counts what the edge lost, with its cause, and what is still to come apart from it', async () => {
    const frames = [...seconds(1, 20), ...seconds(41, 60)];
    const told = await report({ frames, lost: [[21, 30, 'journal-full']] }, 1, 61);
    expect(told).toMatchObject({ expected: 60, live: 40, lost: 10 });
    expect(told.coverage).toBeCloseTo(40 / 60);
    expect(gapsOf(told)).toEqual(['20..31 10 journal-full', '30..41 10 pending']);
  });

  it('knows of a meter that could not be reached, though no seq is missing', async () => {
    const frames = [...seconds(1, 20), ...seconds(21, 60, 100)];
    const states = [
      [0, 'ok'],
      [21, 'timeout'],
      [119, 'ok'],
    ] as const;
    const told = await report({ frames, states }, 1, 161);
    expect(gapsOf(told)).toEqual(['20..121 100 link-timeout']);
    expect(told).toMatchObject({ expected: 160, live: 60, lost: 100 });
  });

  it.each([
    ['that was stopped', 'ok', 'Stop', 'stopped'],
    ['in standby', 'standby', 'Start', 'standby'],
    ['whose polling is off', 'disabled', 'Start', 'disabled'],
    ['that is wedged', 'wedged', 'Start', 'link-wedged'],
  ] as const)('knows of a unit %s', async (_, link, run, cause) => {
    const frames = [...seconds(1, 20), ...seconds(21, 60, 100)];
    const states = [[0, 'ok'] as const, [25, link, run] as const, [115, 'ok'] as const];
    expect(gapsOf(await report({ frames, states }, 1, 161))).toEqual([`20..121 100 ${cause}`]);
  });

  it('says that no frames were made where nobody knows more', async () => {
    const frames = [...seconds(1, 20), ...seconds(21, 40, 60)];
    const frame = (seq: number): Partial<Frame> => (seq === 21 ? { interval: null } : {});
    expect(gapsOf(await report({ frames, frame, states: [[0, 'ok']] }, 1, 101))).toEqual(['20..81 60 no-frames']);
  });

  it('does not take the step of a clock for a gap', async () => {
    const frames = [...seconds(1, 20), ...seconds(21, 40, 3600)];
    const told = await report({ frames, states: [[0, 'ok']] }, 1, 3641);
    expect(gapsOf(told)).toEqual(['20..3621 0 clock']);
    expect(told).toMatchObject({ expected: 40, live: 40, lost: 0, coverage: 1 });
  });

  it('finds nothing missing where the clock was set back and times overlap', async () => {
    const told = await report({ frames: [...seconds(1, 60), ...seconds(61, 90, -30.5)] }, 1, 61);
    expect(told).toMatchObject({ live: 90, lost: 0, gaps: [] });
  });

  it.each([
    ['began in 1970 and was set right', [...in1970(1, 20), ...seconds(21, 40, 30)], 71, ['1..31 30 no-frames', '31..51 0 clock']],
    ['was in 1970 for a while', [...seconds(1, 20), ...in1970(21, 40), ...seconds(41, 60)], 61, ['20..41 0 clock']],
    ['went to 1970 and is still there', [...seconds(1, 20), ...in1970(21, 80)], 81, ['20..81 0 clock']],
    ['was set back by an hour and has not caught up', [...seconds(1, 20), ...seconds(21, 80, -3600)], 81, ['20..81 0 clock']],
  ] as const)('calls a hole by its name where the clock of the edge %s', async (_, frames, to, gaps) => {
    expect(gapsOf(await report({ frames, states: [[0, 'ok']] }, 1, to))).toEqual(gaps);
  });

  it('takes what comes behind the newest frame for still to come', async () => {
    const told = await report({ frames: seconds(1, 20), states: [[0, 'ok']] }, 1, 31);
    expect(gapsOf(told)).toEqual(['20..31 10 pending']);
    expect(told).toMatchObject({ live: 20, lost: 0 });
  });

  it('expects nothing of the future, and nothing from before the first frame', async () => {
    expect(await report({ frames: seconds(51, 60) }, 0, 3600, 61)).toMatchObject({ expected: 10, live: 10, coverage: 1 });
    expect(await report({ frames: seconds(51, 60) }, 0, 40, 61)).toMatchObject({ expected: 0, coverage: null, gaps: [] });
  });

  it('expects a whole period of a unit that was there before it', async () => {
    const told = await report(
      {
        frames: [...seconds(1, 10), ...seconds(11, 20, 1000)],
        states: [
          [5, 'ok'],
          [12, 'refused'],
        ],
      },
      100,
      200,
    );
    expect(told).toMatchObject({ expected: 100, live: 0, lost: 100, coverage: 0 });
    expect(gapsOf(told)).toEqual(['100..200 100 link-refused']);
  });

  it('counts of a gap over the end of the period only what belongs to it', async () => {
    const frames = [...seconds(1, 20), ...seconds(61, 80)];
    const lost = [[21, 60, 'corrupt']] as const;
    expect(await report({ frames, lost }, 1, 41)).toMatchObject({ expected: 40, live: 20, lost: 20 });
    expect(await report({ frames, lost }, 41, 81)).toMatchObject({ live: 20, lost: 20 });
  });

  it('goes by the cadence of the unit', async () => {
    const slow = Array.from({ length: 10 }, (_, index) => [index + 1, (index + 1) * 60] as const).filter(([seq]) => seq !== 5);
    expect(await report({ frames: slow, lost: [[5, 5, 'disk']] }, 60, 601)).toMatchObject({ expected: 10, live: 9, lost: 1 });
    const jittering = seconds(1, 100).map(([seq]) => [seq, seq * 1.13 + (seq % 3) / 10] as const);
    expect(await report({ frames: jittering }, 1, 113)).toMatchObject({ live: 99, lost: 0, gaps: [] });
  });

  it('answers at once for a month of a link that came and went every minute', () => {
    const MINUTES = 30 * 24 * 60;
    const minutes = Array.from({ length: MINUTES }, (_, minute) => minute);
    const sequences = minutes.map((minute) => ({
      epoch: EPOCH,
      first: minute * 50 + 1,
      last: minute * 50 + 50,
      firstAtMs: at(minute * 60),
      lastAtMs: at(minute * 60 + 49),
      live: 50,
      late: 0,
    }));
    const states = minutes.flatMap((minute) => [
      { unit: UNIT, atMs: at(minute * 60), link: 'ok', run: 'Start' } as const,
      { unit: UNIT, atMs: at(minute * 60 + 50), link: 'timeout', run: 'Start' } as const,
    ]);
    const settled = [[1, MINUTES * 50]] as const;
    const streams = [{ unit: UNIT, epoch: EPOCH, edge: 'demo', settled, lost: [] }];
    const startMs = performance.now();
    const told = ledgerOf({ fromMs: at(0), toMs: at(MINUTES * 60), sequences, streams, states, stepped: new Map() });
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(told.lost).toBe(MINUTES * 10);
    expect(new Set(told.gaps.map(({ cause }) => cause))).toEqual(new Set(['link-timeout']));
  });

  it('accounts for every seq exactly once, whatever was lost', async () => {
    const fates = fc.array(fc.constantFrom('live', 'late', 'lost', 'pending'), { minLength: 5, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(fates, async (all) => {
        // The period begins and ends with a frame that is there, so each of the others lies within it.
        const fate = ['live', ...all, 'live'];
        const frames = fate.flatMap((one, index) =>
          one === 'live' || one === 'late' ? [[index + 1, index + 1, one === 'late'] as const] : [],
        );
        const lost = fate.flatMap((one, index) => (one === 'lost' ? [[index + 1, index + 1, 'corrupt'] as const] : []));
        const told = await report({ frames, lost }, 1, fate.length + 1);
        const count = (wanted: string): number => fate.filter((one) => one === wanted).length;
        expect(told).toMatchObject({ expected: fate.length, live: count('live'), late: count('late'), lost: count('lost') });
        expect(told.gaps.reduce((sum, gap) => sum + gap.frames, 0)).toBe(count('lost') + count('pending'));
      }),
    );
  });
});
