/** Energy and time in equal cells, for windows that slide. Neighbours: pieces.ts delivers, leq-windows.ts slides over them. */
import { energyOf } from '@slmm/shared';
import { piecesOf, shareMs } from './pieces.ts';
import type { OverloadRule } from './statistics.ts';
import { type Span, without } from '../time/spans.ts';
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

/**
 * Adds what `stretches` say about `span`, which is filled once only. `stretches` are all that reach into it; what reaches beyond is left out. `masked` is a result of `unionOf`.
 */
export function fillCells(
  cells: Cells,
  span: Span,
  stretches: readonly Stretch[],
  masked: readonly Span[],
  overload: OverloadRule,
): void {
  const endMs = Math.min(span.endMs, cells.startMs + cells.energy.length * cells.cellMs);
  for (const { stretch, ...piece } of piecesOf(stretches)) {
    if (stretch.over && overload === 'out') continue;
    const clipped = { startMs: Math.max(piece.startMs, span.startMs, cells.startMs), endMs: Math.min(piece.endMs, endMs) };
    for (const part of without(clipped, masked)) addPart(cells, part, stretch);
  }
}

function addPart(cells: Cells, part: Span, stretch: Stretch): void {
  const energy = energyOf(stretch.leqDb);
  for (let startMs = part.startMs; startMs < part.endMs;) {
    const index = Math.floor((startMs - cells.startMs) / cells.cellMs);
    const endMs = Math.min(part.endMs, cells.startMs + (index + 1) * cells.cellMs);
    const ms = shareMs(stretch.measuredMs, stretch, startMs, endMs);
    cells.energy[index] = (cells.energy[index] ?? 0) + (energy * ms) / 1000;
    cells.validMs[index] = (cells.validMs[index] ?? 0) + ms;
    startMs = endMs;
  }
}
