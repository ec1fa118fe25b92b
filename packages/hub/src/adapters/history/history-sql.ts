/** What of the tables of history both databases share. Neighbours: sqlite/sqlite-history-tables.ts, postgres/postgres-history-tables.ts. */
import { type Block, type LedgerSummary, QUARTER_MS } from '../../history/packing/compaction.ts';
import type { Span } from '../../history/time/spans.ts';
import { LONGEST_AHEAD_MS, LONGEST_STRETCH_MS } from '../../history/levels/stretch.ts';
import type { BlockSummary } from './history-tables.ts';

/** Columns of a block after `unit`, in the order of `blockValues`. */
export const BLOCK_COLUMNS = [
  'start_ms',
  'count',
  'from_ms',
  'to_ms',
  'stored_ms',
  'pruned',
  'epoch',
  'first_seq',
  'last_seq',
  'first_at_ms',
  'live',
  'late',
  'max_step_ms',
  'bytes',
] as const;

/** Columns from which a `BlockSummary` is read. */
export const SUMMARY_COLUMNS = 'start_ms, to_ms, epoch, first_seq, last_seq, first_at_ms, live, late, max_step_ms';

/** Big numbers come as text from PostgreSQL. */
type Num = number | string;

export interface SummaryRow {
  readonly start_ms: Num;
  readonly to_ms: Num;
  readonly epoch: string | null;
  readonly first_seq: Num;
  readonly last_seq: Num;
  readonly first_at_ms: Num;
  readonly live: Num | null;
  readonly late: Num;
  readonly max_step_ms: Num;
}

/** `live` null: mixed; `epoch` null: nothing for the ledger. */
export function blockValues(
  { startMs, count, fromMs, toMs, ledger, bytes }: Block,
  storedMs: number,
  pruned: boolean,
): unknown[] {
  const head = [startMs, count, fromMs, toMs, storedMs, pruned];
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (ledger.kind !== 'plain') return [...head, null, null, null, null, ledger.kind === 'nothing' ? 0 : null, null, null, tail];
  const { epoch, first, last, firstAtMs, live, late, maxStepMs } = ledger.sequence;
  return [...head, epoch, first, last, firstAtMs, live, late, maxStepMs, tail];
}

export function summaryOf(row: SummaryRow): BlockSummary {
  return { startMs: Number(row.start_ms), toMs: Number(row.to_ms), ledger: ledgerOf(row) };
}

function ledgerOf(row: SummaryRow): LedgerSummary {
  if (row.live === null) return { kind: 'mixed' };
  if (row.epoch === null) return { kind: 'nothing' };
  const sequence = {
    epoch: row.epoch,
    first: Number(row.first_seq),
    last: Number(row.last_seq),
    firstAtMs: Number(row.first_at_ms),
    lastAtMs: Number(row.to_ms),
    live: Number(row.live),
    late: Number(row.late),
    maxStepMs: Number(row.max_step_ms),
  };
  return { kind: 'plain', sequence };
}

/** Bounds of the search for blocks that may reach into a span: two for `start_ms` (both exclusive), then the span. */
export function reachBounds({ startMs, endMs }: Span): [number, number, number, number] {
  return [startMs - QUARTER_MS - LONGEST_AHEAD_MS, endMs + LONGEST_STRETCH_MS, startMs, endMs];
}

const DAY_MS = 86_400_000;

/** Before this instant a tier's data is to go; `null` for never. */
export function cutoffMs(days: number | null | undefined, nowMs: number): number | null {
  return days === null || days === undefined ? null : nowMs - days * DAY_MS;
}
