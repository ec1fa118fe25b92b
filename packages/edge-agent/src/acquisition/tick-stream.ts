/**
 * The 10 Hz stream of one meter: when it should run, what its lines are, and the frames made of them.
 * Shell around drd-second.ts. Neighbour: unit-acquisition.ts starts and stops it at the slot.
 */
import { decodeDrd, type DodChannel, type DrdTick, type RunState, type Tick } from '@slmm/protocol';
import { type Clock, type Logger, roundForDisplay, toInstant } from '@slmm/shared';
import type { Outcome } from '../meter-session/exchange.ts';
import { carryOn } from './carried-results.ts';
import { foldTick, lastSecond, type TickFold, type TickSecond } from './drd-second.ts';
import type { FrameDraft, Outlet } from './outlet.ts';

/** A meter that refuses the stream, or whose stream fails again and again, is asked for it again after this. */
const TRY_AGAIN_MS = 600_000;
const FAILURES_TO_FALL_BACK = 3;
/** So many lines in a row without the shape of a tick end the stream. */
const BAD_LINES_IN_A_ROW = 30;
/** Cumulative values older than this are not carried on. */
const LONGEST_CARRY_MS = 300_000;

/** What the stream needs to know of its unit when it makes a frame. */
export interface StreamMoment {
  readonly unit: string;
  readonly run: RunState;
  /** A paused measurement takes no ticks in. */
  readonly isPaused: boolean;
  readonly settings: string | null;
  readonly octave: boolean;
}

export interface TickStreamParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly outlet: Outlet;
  /** Time between a stream's start and any use of FTP, both ways. */
  readonly apartMs: number;
  readonly moment: () => StreamMoment;
  /** A frame was made. */
  readonly framed: (draft: FrameDraft) => void;
  /** A line was no tick. */
  readonly garbled: () => void;
  /** The stream cannot be had and DOD stands in for it, or it can be had again. */
  readonly fallback: (isActive: boolean, why: string) => void;
  /** The lines make no sense: the slot should end the stream. */
  readonly hopeless: () => void;
}

interface Base {
  readonly channel: DodChannel;
  readonly readAtMs: number;
}

export class TickStream {
  readonly #parts: TickStreamParts;
  #fold: TickFold = null;
  #base: Base | null = null;
  #isConfigured = false;
  #isWatched = false;
  #isAwaited = false;
  #running = false;
  #notBeforeMs = -Infinity;
  #hasFallenBack = false;
  /** Uses of the card under way, and until when the meter is left without a stream after one. */
  #cardUses = 0;
  #afterCardMs = -Infinity;
  #startedMs = -Infinity;
  #failures = 0;
  #badInARow = 0;
  #ticks = 0;
  /** Of the lines of the stream that runs. */
  #layout: DrdTick['layout'] | null = null;

  constructor(parts: TickStreamParts) {
    this.#parts = parts;
  }

  /** Monotonic ms of the last tick that made it into a frame, and the results carried on to there. */
  lastFrame: { readonly endMs: number; readonly channel: DodChannel | null } | null = null;

  configure(acquisition: 'dod' | 'drd'): void {
    this.#isConfigured = acquisition === 'drd';
  }

  /** Somebody wants the raw ticks, or nobody any more. */
  watch(isWatched: boolean): void {
    if (isWatched && !this.#isWatched) this.#isAwaited = true;
    this.#isWatched = isWatched;
  }

  /** Somebody has begun to look and has not seen a tick yet: nothing that can wait goes before the stream. */
  get isAwaited(): boolean {
    return this.#isAwaited && this.#isWatched;
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** Whether the stream should run now. */
  get isWanted(): boolean {
    if (this.#cardUses > 0 || !(this.#isConfigured || this.#isWatched)) return false;
    return this.#parts.clock.monotonicMs() >= Math.max(this.#notBeforeMs, this.#afterCardMs);
  }

  /**
   * The card is about to be used: no stream runs until it is released, and none starts for a while after. FTP and a stream that starts within a
   * minute of each other are what the control port of a meter has been seen to die of. Gives how long FTP must still wait.
   */
  holdForCard(): number {
    this.#cardUses += 1;
    return Math.max(0, this.#startedMs + this.#parts.apartMs - this.#parts.clock.monotonicMs());
  }

  releaseCard(): void {
    this.#cardUses -= 1;
    this.#afterCardMs = this.#parts.clock.monotonicMs() + this.#parts.apartMs;
  }

  /** Something at the meter changed that may have been why it refused. */
  tryAgainSoon(): void {
    this.#notBeforeMs = -Infinity;
  }

  /** The cumulative results were just read. */
  results(channel: DodChannel | null): void {
    this.#base = channel === null ? null : { channel, readAtMs: this.#parts.clock.monotonicMs() };
    this.lastFrame = null;
  }

  started(): void {
    this.#running = true;
    this.#layout = null;
    this.#startedMs = this.#parts.clock.monotonicMs();
    this.#isAwaited = false;
    this.#fold = null;
    this.#ticks = 0;
    this.#badInARow = 0;
  }

  /** One line of the stream. */
  line(text: string | null): void {
    const { clock, log, moment } = this.#parts;
    const { octave } = moment();
    const tick = text === null ? null : decodeDrd(text, { octave });
    // Nine fields are a line of another model, or what was left of one of 33.
    const isForeign = tick?.kind === 'drd' && this.#layout !== null && tick.layout !== this.#layout;
    if (tick === null || tick.kind === 'failure' || isForeign) {
      this.#badInARow += 1;
      this.#parts.garbled();
      const reason = tick?.kind === 'failure' ? tick.detail : isForeign ? 'another layout than before' : 'an overlong line';
      log.debug({ reason, raw: text?.slice(0, 300) }, 'a line of the stream is no tick');
      if (this.#badInARow === BAD_LINES_IN_A_ROW) this.#parts.hopeless();
      return;
    }
    this.#badInARow = 0;
    this.#layout = tick.layout;
    const { fold, seconds, repeated } = foldTick(this.#fold, tick, clock.monotonicMs());
    this.#fold = fold;
    if (repeated) return;
    this.#ticks += 1;
    if (this.#hasFallenBack) this.#parts.fallback(false, 'it runs');
    this.#hasFallenBack = false;
    if (this.#isWatched) this.#tell(tick);
    for (const second of seconds) this.#frame(second);
  }

  /** The slot says what became of the stream. */
  ended(outcome: Outcome): void {
    this.#running = false;
    const last = lastSecond(this.#fold);
    this.#fold = null;
    if (last !== null) this.#frame(last);
    if (outcome.kind === 'refused-by-meter') {
      this.#fallBack(`the meter refused it with R+${outcome.code}; in Auto store mode it needs an Lp store interval of 100 ms`);
    } else if (this.#badInARow >= BAD_LINES_IN_A_ROW) this.#fallBack('its lines cannot be read');
    else if (this.#ticks > 0) {
      this.#failures = 0;
    } else if (outcome.kind !== 'not-sent') {
      this.#failures += 1;
      if (this.#failures >= FAILURES_TO_FALL_BACK) this.#fallBack('no tick came');
    }
  }

  #fallBack(why: string): void {
    this.#notBeforeMs = this.#parts.clock.monotonicMs() + TRY_AGAIN_MS;
    this.#failures = 0;
    if (this.#hasFallenBack) return;
    this.#hasFallenBack = true;
    this.#parts.fallback(true, why);
  }

  #frame(second: TickSecond): void {
    const { clock, moment, framed, outlet } = this.#parts;
    const { unit, run, settings } = moment();
    const channel = this.#carry(second, run);
    this.lastFrame = { endMs: second.endMs, channel };
    const tenth = (level: number | null | undefined): number | null =>
      level === null || level === undefined ? null : roundForDisplay(level);
    const draft: FrameDraft = {
      unit,
      at: toInstant(clock.nowMs() - (clock.monotonicMs() - second.endMs)),
      src: 'drd',
      run,
      lp: second.lp,
      leq: tenth(channel?.leq),
      le: tenth(channel?.le),
      lmax: channel?.lmax ?? null,
      lmin: channel?.lmin ?? null,
      lpeak: channel?.lpeak ?? null,
      ln: channel === null ? [null, null, null, null, null] : [...channel.ln],
      lieq: null,
      leqmov: null,
      ltm5: null,
      over: second.over,
      under: second.under,
      interval: second.interval,
      settings,
    };
    outlet.frame(draft);
    framed(draft);
  }

  #carry(second: TickSecond, run: RunState): DodChannel | null {
    const base = this.#base;
    if (base === null || second.endMs - base.readAtMs > LONGEST_CARRY_MS) return null;
    if (run === 'Start' && !this.#parts.moment().isPaused)
      this.#base = { ...base, channel: carryOn(base.channel, second.interval) };
    return this.#base?.channel ?? null;
  }

  #tell({ counter, channels, raw }: DrdTick): void {
    const { clock, moment, outlet } = this.#parts;
    const { lp, leq, lmax, lmin, lpeak, over, under } = channels[0];
    const { unit, run } = moment();
    const tick: Tick = {
      at: toInstant(clock.nowMs()),
      counter,
      run,
      lp,
      leq,
      lmax,
      lmin,
      lpeak,
      over,
      under,
      raw: raw.slice(0, 1000),
    };
    outlet.tick(unit, tick);
  }
}
