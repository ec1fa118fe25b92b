import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Mishap, World } from './world.ts';

/** How many worlds; `SLMM_SIMULATION_SEEDS=10000` for a night. */
const SEEDS = Number(process.env['SLMM_SIMULATION_SEEDS'] ?? 1000);
const MISHAPS: readonly Mishap[] = [
  'link-cut',
  'broker-loses',
  'hub-crash',
  'hub-restored',
  'edge-kill',
  'edge-power-cut',
  'database-fails',
  'edge-disk-fails',
  'clock-back',
  'clock-forward',
];

const scene = fc.record({
  /** Seconds of measurement before, during and after the mishaps. */
  calmS: fc.integer({ min: 1, max: 6 }),
  mishaps: fc.array(
    fc.record({ mishap: fc.constantFrom(...MISHAPS), forS: fc.integer({ min: 1, max: 8 }), mends: fc.boolean() }),
    { minLength: 1, maxLength: 6 },
  ),
  economy: fc.boolean(),
  seed: fc.integer(),
});

interface Scene {
  readonly calmS: number;
  readonly mishaps: readonly { readonly mishap: Mishap; readonly forS: number; readonly mends: boolean }[];
  readonly economy: boolean;
  readonly seed: number;
}

async function play({ calmS, mishaps, economy, seed }: Scene): Promise<string[]> {
  const world = new World(seed, ['u1', 'u2'], economy);
  await world.start();
  const measureFor = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      world.measure();
      await world.pass(1000);
    }
  };
  await world.pass(1500);
  await measureFor(calmS);
  for (const { mishap, forS, mends } of mishaps) {
    await world.befall(mishap);
    await measureFor(forS);
    if (mends) await world.mend();
  }
  await world.mend();
  await measureFor(calmS);
  // Long enough for every retry and every watchdog; no new frames, so that an end can be seen.
  for (let look = 0; look < 40 && (await world.verdict()).length > 0; look += 1) {
    await world.mend();
    await world.pass(economy ? 60_000 : 5000);
  }
  const verdict = await world.verdict();
  world.close();
  return verdict;
}

const then = (mishap: Mishap, forS: number, mends = false): Scene['mishaps'][number] => ({ mishap, forS, mends });
/** Worlds in which something was lost once. */
const ONCE_LOST: readonly (readonly [name: string, scene: Scene])[] = [
  [
    'acknowledged frames are trimmed by a clock that is a day ahead when the edge starts, and the hub is put back',
    {
      calmS: 4,
      mishaps: [
        then('edge-kill', 6),
        then('clock-forward', 5, true),
        then('database-fails', 1, true),
        then('hub-restored', 2),
        then('clock-forward', 1),
        then('hub-crash', 6),
      ],
      economy: false,
      seed: -1_079_997_396,
    },
  ],
  [
    'the clock is stepped while a segment is written, and the hub is put back',
    {
      calmS: 5,
      mishaps: [
        then('clock-forward', 7, true),
        then('clock-back', 6),
        then('hub-restored', 3),
        then('hub-restored', 5, true),
        then('edge-power-cut', 8, true),
        then('hub-restored', 5),
      ],
      economy: false,
      seed: -379_791_398,
    },
  ],
  [
    'a birth is lost that a restored hub would have answered, and nothing is measured afterwards',
    {
      calmS: 3,
      mishaps: [
        then('edge-disk-fails', 1, true),
        then('edge-disk-fails', 4, true),
        then('clock-back', 2),
        then('hub-restored', 4, true),
        then('hub-restored', 3, true),
        then('broker-loses', 6),
      ],
      economy: true,
      seed: -1_060_455_081,
    },
  ],
];

describe('edge and hub', () => {
  it.each(ONCE_LOST)('deliver everything where %s', async (_name, one) => {
    expect(await play(one)).toEqual([]);
  });

  it(`deliver every journalled frame exactly once in ${SEEDS} worlds`, async () => {
    await fc.assert(
      fc.asyncProperty(scene, async (one) => {
        expect(await play(one)).toEqual([]);
      }),
      { numRuns: SEEDS, endOnFailure: true },
    );
  });
});
