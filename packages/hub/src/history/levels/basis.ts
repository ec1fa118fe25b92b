/** How a level is known. `drd` exactly, from 100 ms ticks; `lp` as an estimate, from samples of Lp; `import` from a series of other origin. */
export type Basis = 'drd' | 'lp' | 'import';

/** A set of bases as bits, which is how rollups merge and store it. */
export type BasisSet = number;

const BITS: Readonly<Record<Basis, BasisSet>> = { drd: 1, lp: 2, import: 4 };

/** Best first: where stretches of one unit overlap in time, the better basis counts. */
export const BASES: readonly Basis[] = ['drd', 'lp', 'import'];

export function basisBit(basis: Basis): BasisSet {
  return BITS[basis];
}

/** `drd`, `lp`, `import`, or several joined as `drd+lp`; `null` for none. */
export function basisText(bases: BasisSet): string | null {
  const names = BASES.filter((basis) => (bases & BITS[basis]) !== 0);
  return names.length === 0 ? null : names.join('+');
}
