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

describe('edge and hub', () => {
  it(`deliver every journalled frame exactly once in ${SEEDS} worlds`, async () => {
    await fc.assert(
      fc.asyncProperty(scene, async (one) => {
        expect(await play(one)).toEqual([]);
      }),
      { numRuns: SEEDS, endOnFailure: true },
    );
  });
});
