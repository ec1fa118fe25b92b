/** What the edge says about itself: whether it is there, what it is, how it is. Neighbours: uplink.ts has it said. */
import { type EdgeHealth, type EdgeInfo, type EdgeState, MAX_FORMER_EPOCHS } from '@slmm/protocol';
import { type Clock, toInstant } from '@slmm/shared';
import type { Journal } from '../journal/journal.ts';

/** Figures of the parts that health is made of. */
export interface HealthFigures {
  readonly unsent: { readonly frames: number; readonly oldestMs: number | null };
  readonly published: number;
  readonly droppedEvents: number;
  readonly refusedFrames: number;
  readonly badMessages: number;
  readonly clockOffsetMs: number | null;
  readonly wanBytes: number;
  readonly residentBytes: number;
  readonly units: EdgeHealth['units'];
}

/** What an edge says of how it was set up. */
export interface EdgeIdentity {
  /** New at each start of the program. */
  readonly boot: string;
  readonly version: string;
  readonly node: string;
  readonly mode: 'live' | 'economy';
  readonly healthEveryMs: number;
  readonly journalMaxBytes: number;
  readonly journalMaxAgeMs: number;
}

export class EdgeSelf {
  readonly #options: EdgeIdentity;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #startedMs: number;
  #healthMs: number;
  #publishedAtHealth = 0;

  constructor(options: EdgeIdentity, journal: Journal, clock: Clock) {
    this.#options = options;
    this.#journal = journal;
    this.#clock = clock;
    this.#startedMs = clock.nowMs();
    this.#healthMs = clock.monotonicMs();
  }

  state(state: EdgeState['state'], reason: string): EdgeState {
    const { epoch } = this.#journal;
    const told: EdgeState = { state, epoch, boot: this.#options.boot, at: toInstant(this.#clock.nowMs()), reason };
    const epochs = this.#formerEpochs();
    return epochs.length === 0 ? told : { ...told, epochs };
  }

  /** `revision` of the configuration that is in force, and its units. */
  info(units: readonly string[], revision: number): EdgeInfo {
    const { version, node, boot, mode, journalMaxBytes, journalMaxAgeMs } = this.#options;
    return {
      version,
      node,
      boot,
      epoch: this.#journal.epoch,
      started: toInstant(this.#startedMs),
      units: [...units],
      uplink: mode,
      journal: { max_bytes: journalMaxBytes, max_age_h: journalMaxAgeMs / 3_600_000, when_full: 'drop-oldest' },
      config_revision: revision,
    };
  }

  get isHealthDue(): boolean {
    return this.#clock.monotonicMs() - this.#healthMs >= this.#options.healthEveryMs;
  }

  /** Rates are since the last time. */
  health(figures: HealthFigures): EdgeHealth {
    const nowMs = this.#clock.monotonicMs();
    const elapsedS = Math.max(1, (nowMs - this.#healthMs) / 1000);
    const journal = this.#journal.figures();
    const publishedPerS = (figures.published - this.#publishedAtHealth) / elapsedS;
    this.#healthMs = nowMs;
    this.#publishedAtHealth = figures.published;
    const { oldestMs } = figures.unsent;
    return {
      at: toInstant(this.#clock.nowMs()),
      epochs: [this.#journal.epoch, ...this.#formerEpochs()],
      journal_bytes: journal.bytes,
      journal_frames: journal.frames,
      oldest_unsent: oldestMs === null ? null : toInstant(oldestMs),
      unsent_frames: figures.unsent.frames + journal.waiting,
      dropped_frames: journal.dropped,
      published_per_s: Math.round(publishedPerS * 10) / 10,
      clock_offset_ms: figures.clockOffsetMs,
      wan_bytes_month: figures.wanBytes,
      rss_mb: Math.round(figures.residentBytes / 104_857.6) / 10,
      units: figures.units,
      disk_fault: journal.fault,
      disk_faults: journal.faults,
      corrupt_segments: journal.corruptSegments,
      dropped_events: figures.droppedEvents,
      refused_frames: figures.refusedFrames,
      bad_messages: figures.badMessages,
    };
  }

  #formerEpochs(): string[] {
    const former = new Set(this.#journal.streams().map(({ epoch }) => epoch));
    former.delete(this.#journal.epoch);
    return [...former].slice(-MAX_FORMER_EPOCHS);
  }
}
