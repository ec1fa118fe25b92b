/** A block as a row of the table `reading_blocks`. Neighbour: history-tables.ts. */
import type { Block, LedgerSummary } from '../../history/packing/compaction.ts';

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

export interface SummaryRow {
  readonly start_ms: number;
  readonly to_ms: number;
  readonly epoch: string | null;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly first_at_ms: number;
  readonly live: number | null;
  readonly late: number;
  readonly max_step_ms: number;
}

/** What the ledger needs to know of a block, without its readings. */
export interface BlockSummary {
  readonly startMs: number;
  readonly toMs: number;
  readonly ledger: LedgerSummary;
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
  return { startMs: row.start_ms, toMs: row.to_ms, ledger: ledgerOf(row) };
}

function ledgerOf(row: SummaryRow): LedgerSummary {
  if (row.live === null) return { kind: 'mixed' };
  if (row.epoch === null) return { kind: 'nothing' };
  const sequence = {
    epoch: row.epoch,
    first: row.first_seq,
    last: row.last_seq,
    firstAtMs: row.first_at_ms,
    lastAtMs: row.to_ms,
    live: row.live,
    late: row.late,
    maxStepMs: row.max_step_ms,
  };
  return { kind: 'plain', sequence };
}
