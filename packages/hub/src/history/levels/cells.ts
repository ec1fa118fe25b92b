/** Energy and time in equal cells, for windows that slide. Neighbours: pieces.ts delivers, leq-windows.ts slides over them. */
import { energyOf } from '@slmm/shared';
import { piecesOf, shareMs } from './pieces.ts';
import { STORED_LEVELS, type StoredLevel } from './rollup-levels.ts';
import type { OverloadRule } from './statistics.ts';
import type { Rollup } from './rollup.ts';
import type { Span } from '../time/spans.ts';
import type { Stretch } from './stretch.ts';

/** Cells `[startMs + i * cellMs, + cellMs)`, as typed arrays because there may be a million of them. */
export interface Cells {
  readonly startMs: number;
  readonly cellMs: number;
  /** Sum of 10^(L/10) times seconds. */
  readonly energy: Float64Array;
  readonly validMs: Float64Array;
}

export function emptyCells(span: Span, cellMs: number): Cells {
  const count = Math.ceil((span.endMs - span.startMs) / cellMs);
  return { startMs: span.startMs, cellMs, energy: new Float64Array(count), validMs: new Float64Array(count) };
}

/** Adds what `stretches` say about `span`, which is filled once only. `stretches` are all that reach into it; what reaches beyond is left out. */
export function fillCells(cells: Cells, span: Span, stretches: readonly Stretch[], overload: OverloadRule): void {
  const startMs = Math.max(span.startMs, cells.startMs);
  const endMs = Math.min(span.endMs, cells.startMs + cells.energy.length * cells.cellMs);
  for (const piece of piecesOf(stretches)) {
    const { stretch } = piece;
    if (stretch.over && overload === 'out') continue;
    const fromMs = Math.max(piece.startMs, startMs);
    const toMs = Math.min(piece.endMs, endMs);
    addPart(cells, fromMs, toMs, stretch);
  }
}

/** Adds a bucket that lies in one cell as a whole. */
export function addRollup(
  { startMs, cellMs, energy, validMs }: Cells,
  atMs: number,
  rollup: Rollup,
  overload: OverloadRule,
): void {
  const index = Math.floor((atMs - startMs) / cellMs);
  const withOver = overload === 'in';
  energy[index] = (energy[index] ?? 0) + rollup.energy + (withOver ? rollup.overEnergy : 0);
  validMs[index] = (validMs[index] ?? 0) + rollup.validMs + (withOver ? rollup.overMs : 0);
}

/** Stored levels of which every bucket lies in one cell. */
export function levelsWithin(cellMs: number, startMs: number): readonly StoredLevel[] {
  return STORED_LEVELS.filter(({ widthMs }) => cellMs % widthMs === 0 && startMs % widthMs === 0);
}

function addPart({ startMs, cellMs, energy, validMs }: Cells, fromMs: number, toMs: number, stretch: Stretch): void {
  const density = energyOf(stretch.leqDb) / 1000;
  for (let atMs = fromMs; atMs < toMs;) {
    const index = Math.floor((atMs - startMs) / cellMs);
    const nextMs = Math.min(toMs, startMs + (index + 1) * cellMs);
    const ms = shareMs(stretch.measuredMs, stretch, atMs, nextMs);
    energy[index] = (energy[index] ?? 0) + density * ms;
    validMs[index] = (validMs[index] ?? 0) + ms;
    atMs = nextMs;
  }
}
