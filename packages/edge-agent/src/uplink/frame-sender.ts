/**
 * Carries frames from the journal to the hub: live as they become durable, or in batches by the plan.
 * Neighbours: journal tells what is durable, backfill-plan.ts says what is missing, send-window.ts takes messages, hub-inbox.ts brings the watermarks.
 */
import {
  type Acknowledge,
  type Demand,
  encodeBackfill,
  encodeLost,
  type Frame,
  type LostRange,
  MAX_BATCH_RANGES,
  topics,
} from '@slmm/protocol';
import { type Clock, type Logger, toInstant } from '@slmm/shared';
import type { Journal } from '../journal/journal.ts';
import type { JournalRead } from '../journal/journal-reader.ts';
import type { LostSeqs } from '../journal/journal-books.ts';
import { BackfillPlan, type PlannedRange } from './backfill-plan.ts';
import type { SendWindow } from './send-window.ts';
import { wantedAtOnce } from './wanted-at-once.ts';

/** How long the hub may take to tell its watermarks after a connect before the edge resumes from the ones it knows. */
const WATERMARK_LIMIT_MS = 5000;

/** The hub acknowledges to an economy edge every four minutes. */
const ECONOMY_RETRY_MS = 600_000;

export interface FrameSenderParts {
  readonly edge: string;
  readonly journal: Journal;
  readonly window: SendWindow;
  readonly clock: Clock;
  readonly log: Logger;
  readonly economy: boolean;
  readonly batchFrames: number;
  readonly batchMs: number;
  /** Most backfilled frames a second, so that a line and a hub keep room for live ones. */
  readonly backfillPerS: number;
}

export class FrameSender {
  readonly #parts: FrameSenderParts;
  readonly #plan: BackfillPlan;
  #demand: Demand['units'] = {};
  #connected = false;
  #hubBoot: string | null = null;
  /** Before this (monotonic) no batch leaves, because the watermark is still to come. */
  #holdUntilMs = 0;
  #tokens: number;
  #tokensMs = 0;
  #sending = false;
  #corrections = 0;
  #cancelTimer: (() => void) | null = null;
  #closed = false;
  /** When seqs were sent (wall time), newest last, for measuring the clock offset. */
  readonly #sentAt: { readonly epoch: string; readonly unit: string; readonly seq: number; readonly atMs: number }[] = [];

  constructor(parts: FrameSenderParts) {
    this.#parts = parts;
    this.#tokens = parts.backfillPerS;
    this.#plan = new BackfillPlan({
      batchFrames: parts.batchFrames,
      holdMs: parts.economy ? parts.batchMs : 0,
      retryFirstMs: parts.economy ? ECONOMY_RETRY_MS : 15_000,
      retryMaxMs: parts.economy ? 6 * ECONOMY_RETRY_MS : 300_000,
      maxUnacknowledgedBatches: 64,
    });
    this.journalChanged();
  }

  /** Frames that are on the disk now. */
  durable(frames: readonly Frame[]): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const frame of frames) {
      this.#plan.journalled(frame.epoch, frame.unit, frame.seq, nowMs);
      if (this.#goesAtOnce(frame)) this.#sendLive(frame);
    }
    this.pump();
  }

  /** The journal lost something, or moved to another epoch: its positions are read anew. */
  journalChanged(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const { epoch, unit, acknowledged, highest } of this.#parts.journal.streams()) {
      this.#plan.journalled(epoch, unit, highest, nowMs, true);
      this.#plan.acknowledged(epoch, unit, acknowledged, nowMs);
    }
    this.pump();
  }

  connected(): void {
    this.#connected = true;
    this.#startOver();
  }

  disconnected(): void {
    this.#connected = false;
    this.#hubBoot = null;
    this.#plan.forgetSent();
  }

  /** `boot` of the hub that is there, or `null`. Another hub, or one that came back, starts over from its watermarks. */
  hub(boot: string | null): void {
    if (boot === this.#hubBoot) return;
    this.#hubBoot = boot;
    this.#startOver();
  }

  get hubIsThere(): boolean {
    return this.#connected && this.#hubBoot !== null;
  }

  demand(demand: Demand['units']): void {
    this.#demand = demand;
  }

  /** The hub's watermarks; with `all` it has nothing of units that are not named. Gives the wall time at which the newest frame they cover was sent, where that is known. */
  acknowledged({ epoch, upto: named, all }: Pick<Acknowledge, 'epoch' | 'upto' | 'all'>): number | null {
    const nowMs = this.#parts.clock.monotonicMs();
    const upto = all === true ? { ...this.#nothingOf(epoch), ...named } : named;
    this.#parts.journal.acknowledge(epoch, upto);
    for (const stream of this.#parts.journal.streams())
      if (stream.epoch === epoch && Object.hasOwn(upto, stream.unit))
        this.#plan.acknowledged(epoch, stream.unit, stream.acknowledged, nowMs);
    if (epoch === this.#parts.journal.epoch) this.#holdUntilMs = nowMs;
    this.pump();
    return this.#sentAt.findLast((sent) => sent.epoch === epoch && (upto[sent.unit] ?? 0) >= sent.seq)?.atMs ?? null;
  }

  #nothingOf(epoch: string): Record<string, number> {
    const streams = this.#parts.journal.streams().filter((stream) => stream.epoch === epoch);
    return Object.fromEntries(streams.map(({ unit }) => [unit, 0]));
  }

  /** The clock was stepped: times of frames that nobody has seen are corrected. Gives the units whose frames were partly sent before. */
  clockStepped(byMs: number): readonly string[] {
    this.#corrections += 1;
    this.#sentAt.length = 0;
    const told: string[] = [];
    const { journal } = this.#parts;
    const corrections = [...journal.assignedInThisRun()].flatMap(([unit, range]) => {
      const unseen = this.#plan.neverSent(journal.epoch, unit, range);
      if (unseen.reduce((sum, [first, last]) => sum + last - first + 1, 0) <= range[1] - range[0]) told.push(unit);
      return unseen.map(([first, last]) => ({ unit, first, last, byMs }));
    });
    journal.correct(corrections);
    return told;
  }

  unsent(): { readonly frames: number; readonly oldestMs: number | null } {
    const { frames, firsts } = this.#plan.unsent();
    const times = firsts.flatMap(({ epoch, unit, seq }) => this.#parts.journal.timeOf(epoch, unit, seq) ?? []);
    return { frames, oldestMs: times.length > 0 ? Math.min(...times) : null };
  }

  /** Sends batches while there is room, something due and the rate allows; otherwise comes back when that changes. */
  pump(): void {
    if (this.#sending || this.#closed || !this.hubIsThere) return;
    const { clock, journal, window } = this.#parts;
    const nowMs = clock.monotonicMs();
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#tokens = Math.min(
      this.#parts.backfillPerS,
      this.#tokens + ((nowMs - this.#tokensMs) / 1000) * this.#parts.backfillPerS,
    );
    this.#tokensMs = nowMs;
    if (nowMs < this.#holdUntilMs) return this.#comeBackAt(this.#holdUntilMs);
    if (!window.roomForBatch) return;
    if (this.#tokens <= 0) return this.#comeBackAt(nowMs + 100);
    const planned = this.#plan.next(nowMs, (epoch, unit, seq) => journal.ageRank(epoch, unit, seq));
    if (planned === null) {
      const dueMs = this.#plan.nextDueMs();
      if (dueMs !== null) this.#comeBackAt(Math.max(dueMs, nowMs + 100));
      return;
    }
    this.#sending = true;
    void this.#sendBatch(planned).finally(() => {
      this.#sending = false;
      this.pump();
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
  }

  #startOver(): void {
    this.#plan.forgetSent();
    this.#holdUntilMs = this.#parts.clock.monotonicMs() + WATERMARK_LIMIT_MS;
    this.pump();
  }

  #goesAtOnce(frame: Frame): boolean {
    if (!this.#connected || !this.#parts.window.roomForLive) return false;
    return !this.#parts.economy || (this.hubIsThere && wantedAtOnce(this.#demand[frame.unit], frame));
  }

  #sendLive(frame: Frame): void {
    const { edge, window } = this.#parts;
    this.#markSent(frame.epoch, frame.unit, [frame.seq, frame.seq], false);
    window.live({ topic: topics.dod(edge, frame.unit), payload: JSON.stringify(frame) });
  }

  async #sendBatch({ epoch, unit, range, fresh }: PlannedRange): Promise<void> {
    const { edge, journal, window, batchFrames, economy } = this.#parts;
    const before = this.#corrections;
    const part = await journal.read(epoch, unit, range, batchFrames);
    // Corrected meanwhile, or nobody there any more: it is read again when its turn comes.
    if (before !== this.#corrections || !this.hubIsThere || part.upto < range[0]) return;
    this.#markSent(epoch, unit, [range[0], part.upto], true);
    this.#tokens -= part.frames.length;
    // The broker's answer would cost more than a quarter of the batch, and proves nothing: the watermark tells what has to be sent again.
    const qos = economy && fresh ? 0 : 1;
    for (const payload of batchesOf(unit, epoch, part)) window.batch({ topic: topics.backfill(edge, unit), payload, qos });
  }

  #markSent(epoch: string, unit: string, range: readonly [number, number], batch: boolean): void {
    const { clock } = this.#parts;
    this.#plan.sent(epoch, unit, range, clock.monotonicMs(), { heard: this.hubIsThere, batch });
    this.#sentAt.push({ epoch, unit, seq: range[1], atMs: clock.nowMs() });
    if (this.#sentAt.length > 256) this.#sentAt.shift();
  }

  #comeBackAt(atMs: number): void {
    const { clock } = this.#parts;
    this.#cancelTimer = clock.after(Math.max(0, atMs - clock.monotonicMs()), () => {
      this.#cancelTimer = null;
      this.pump();
    });
  }
}

/** Losses first: they let the watermark pass. */
function batchesOf(unit: string, epoch: string, part: JournalRead): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (let start = 0; start < part.lost.length; start += MAX_BATCH_RANGES)
    payloads.push(encodeLost(unit, epoch, part.lost.slice(start, start + MAX_BATCH_RANGES).map(lostRange)));
  if (part.frames.length > 0) payloads.push(encodeBackfill(part.frames));
  return payloads;
}

function lostRange({ first, last, cause, fromMs, toMs }: LostSeqs): LostRange {
  return { first, last, cause, from: fromMs === null ? null : toInstant(fromMs), to: toMs === null ? null : toInstant(toMs) };
}
