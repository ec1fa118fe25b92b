import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BASES } from './basis.ts';
import { piecesOf, shareMs } from './pieces.ts';
import type { Stretch } from './stretch.ts';

const stretch = (startMs: number, lengthMs: number, more: Partial<Stretch> = {}): Stretch => ({
  startMs,
  endMs: startMs + lengthMs,
  atMs: startMs + lengthMs,
  measuredMs: lengthMs,
  leqDb: 60,
  lmaxDb: null,
  lminDb: null,
  lpeakDb: null,
  over: false,
  underMs: 0,
  basis: 'drd',
  ...more,
});

/** The owner of each millisecond: the best basis, then the one that ends first, begins first, is quieter. */
function ownerAt(stretches: readonly Stretch[], ms: number): Stretch | undefined {
  const rank = ({ basis }: Stretch): number => BASES.indexOf(basis);
  return stretches
    .filter((one) => one.startMs <= ms && ms < one.endMs)
    .toSorted((a, b) => rank(a) - rank(b) || a.endMs - b.endMs || a.startMs - b.startMs || a.leqDb - b.leqDb)[0];
}

function expectOwners(stretches: readonly Stretch[], lengthMs: number): void {
  const owners = Array.from({ length: lengthMs }, (): Stretch | undefined => undefined);
  let lastMs = -Infinity;
  for (const piece of piecesOf(stretches)) {
    expect(piece.startMs).toBeGreaterThanOrEqual(lastMs);
    expect(piece.endMs).toBeGreaterThan(piece.startMs);
    lastMs = piece.endMs;
    owners.fill(piece.stretch, piece.startMs, piece.endMs);
  }
  for (const [ms, owner] of owners.entries()) expect([ms, owner]).toEqual([ms, ownerAt(stretches, ms)]);
}

describe('piecesOf', () => {
  it('gives each millisecond of a pile to the stretch that it belongs to', () => {
    const pile = fc.array(
      fc.record({
        startMs: fc.integer({ min: 0, max: 60 }),
        lengthMs: fc.integer({ min: 1, max: 30 }),
        basis: fc.constantFrom(...BASES),
        leqDb: fc.integer({ min: 40, max: 42 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pile, (rows) =>
        expectOwners(
          rows.map(({ startMs, lengthMs, ...more }) => stretch(startMs, lengthMs, more)),
          100,
        ),
      ),
    );
  });

  it('does so with the frames of one meter, whose times jitter', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 12 }), (jitters) =>
        expectOwners(
          jitters.map((jitterMs, index) => stretch(5 + index * 10 + jitterMs, 10)),
          150,
        ),
      ),
    );
  });
});

describe('shareMs', () => {
  it('shares all of it, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        (lengthMs, share, cuts) => {
          const one = stretch(1000, lengthMs);
          const totalMs = Math.round(lengthMs * share);
          const bounds = [0, ...cuts.toSorted((a, b) => a - b), 1].map((cut) => 1000 + Math.round(cut * lengthMs));
          const shares = bounds.slice(1).map((endMs, index) => shareMs(totalMs, one, bounds[index] ?? 0, endMs));
          expect(shares.reduce((sum, ms) => sum + ms, 0)).toBe(totalMs);
          for (const ms of shares) expect(ms).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
