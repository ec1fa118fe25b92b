/**
 * One simulated meter without its connections: sound in, results out, time as an argument. `execute.ts` speaks its command language.
 * Cumulative results run from `Measure,Start` as on the real meter; sub channels are the main channel shifted by their weighting.
 */
import type { MeterClock } from '@slmm/protocol';
import { energyOf } from '@slmm/shared';
import { closeSpan, openSpan, type Recording, tickStart } from '../card/recording.ts';
import { type LevelSource, TICK_MS } from '../levels/level-source.ts';
import { Cumulative } from './cumulative.ts';
import { dodLine, drdLine } from './data-lines.ts';
import { Detector, type Tick, type TimeWeighting } from './detector.ts';
import { dodChannels, drdChannels, weightingOffsetDb } from './display.ts';
import { DriftingClock } from './drifting-clock.ts';
import { MovingLeq } from './moving-leq.ts';
import { durationMs, METER_SETTINGS } from './settings-table.ts';

/** After a long sleep of the machine only the last minute is caught up; the time before it counts as not measured. */
const MAX_CATCH_UP_TICKS = 600;
/** The card holds this many measurements; past it the oldest folder goes. */
const MAX_RECORDINGS = 200;

export interface MeterStart {
  readonly serialNumber: string;
  readonly source: LevelSource;
  readonly atMs: number;
  readonly measuring: boolean;
  readonly clockOffsetMs: number;
  /** What the card holds from before. */
  readonly earlier: readonly Recording[];
}

export class Meter {
  readonly serialNumber: string;
  readonly clock: DriftingClock;
  /** Every measurement on the card, oldest first, the running one last. */
  readonly recordings: Recording[];
  /** The word that `Battery Level?` answers. */
  battery = 'Full';
  sdFull = false;
  readonly #source: LevelSource;
  readonly #settings = new Map([...METER_SETTINGS].map(([name, setting]) => [name, setting.initial]));
  #nextTickMs: number;
  #detector = new Detector('F');
  #tick: Tick | null = null;
  #run: 'Start' | 'Stop' = 'Stop';
  #paused = false;
  #startedMs: number | null = null;
  #stoppedMs: number | null = null;
  /** What DOD shows: the running or the last measurement. */
  #shown: Cumulative | null = null;
  /** What DLC answers. */
  #finished: Cumulative | null = null;
  #moving: MovingLeq | null = null;
  /** What the running measurement stores by itself. */
  #running: Recording | null = null;

  constructor(start: MeterStart) {
    this.serialNumber = start.serialNumber;
    this.recordings = [...start.earlier];
    this.clock = new DriftingClock(start.clockOffsetMs, 0, start.atMs);
    this.#source = start.source;
    this.#nextTickMs = tickStart(start.atMs);
    // The detectors have settled long before anybody connects.
    this.#listen(this.#nextTickMs - TICK_MS);
    if (start.measuring) this.start(start.atMs);
  }

  /** Lets the sound up to `toMs` arrive, tick by tick; `onTick` hears the start of each. */
  advance(toMs: number, onTick?: (tickMs: number) => void): void {
    const oldest = tickStart(toMs) - MAX_CATCH_UP_TICKS * TICK_MS;
    if (this.#nextTickMs < oldest) this.#nextTickMs = oldest;
    while (this.#nextTickMs + TICK_MS <= toMs) {
      const tickMs = this.#nextTickMs;
      this.#nextTickMs += TICK_MS;
      const tick = this.#listen(tickMs);
      if (this.#run === 'Start' && !this.#paused) this.#measure(tick);
      onTick?.(tickMs);
    }
  }

  get run(): 'Start' | 'Stop' {
    return this.#run;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Whether a finished measurement is there to be shown by DLC or stored. */
  get hasResult(): boolean {
    return this.#finished !== null;
  }

  get startedMs(): number | null {
    return this.#startedMs;
  }

  get stoppedMs(): number | null {
    return this.#stoppedMs;
  }

  get elapsedSeconds(): number {
    return this.#shown?.seconds ?? 0;
  }

  setting(name: string): string {
    return this.#settings.get(name) ?? '';
  }

  set(name: string, value: string): void {
    this.#settings.set(name, value);
    if (name === 'Time Weighting (Main)') this.#detector = new Detector(value as TimeWeighting);
    if (name === 'Display Leqmov' || name === 'Moving Leq Interval Preset') this.#moving = this.#newMovingLeq();
  }

  setClock(clock: MeterClock, atMs: number): void {
    this.clock.setTo(clock, atMs);
  }

  start(atMs: number): void {
    this.#run = 'Start';
    this.#paused = false;
    this.#startedMs = atMs;
    this.#stoppedMs = null;
    this.#shown = new Cumulative();
    this.#moving = this.#newMovingLeq();
    this.#running = this.setting('Store Mode') === 'Auto' ? this.#record('Auto', this.#nextTickMs) : null;
  }

  stop(atMs: number): void {
    if (this.#run === 'Stop') return;
    if (this.#running !== null) closeSpan(this.#running, this.#nextTickMs);
    this.#running = null;
    this.#run = 'Stop';
    this.#paused = false;
    this.#stoppedMs = atMs;
    this.#finished = this.#shown;
  }

  pause(on: boolean): void {
    if (this.#run === 'Stop' || this.#paused === on) return;
    this.#paused = on;
    if (this.#running === null) return;
    if (on) closeSpan(this.#running, this.#nextTickMs);
    else openSpan(this.#running, this.#nextTickMs);
  }

  /** Clears the results; a running measurement goes on from zero. */
  reset(atMs: number): void {
    this.#finished = null;
    this.#shown = this.#run === 'Start' ? new Cumulative() : null;
    this.#moving = this.#newMovingLeq();
    if (this.#run === 'Start') this.#startedMs = atMs;
  }

  /** Writes the finished measurement to the card. */
  storeManually(): void {
    const endMs = tickStart(this.#stoppedMs ?? this.#nextTickMs);
    const fromMs = tickStart(this.#startedMs ?? endMs);
    closeSpan(this.#record('Manual', fromMs), endMs);
  }

  /** Whether the card already holds a measurement of this name in the present store mode. */
  nameIsTaken(storeName: string): boolean {
    const mode = this.setting('Store Mode');
    return this.recordings.some((recording) => recording.mode === mode && recording.storeName === storeName);
  }

  /** Comes back from a loss of power: results in memory are gone; a measurement that ran starts over under the next free store name. */
  reboot(atMs: number): void {
    const wasMeasuring = this.#run === 'Start';
    this.stop(this.#nextTickMs);
    this.#finished = null;
    this.#shown = null;
    this.#settings.set('Echo', 'Off');
    this.#nextTickMs = tickStart(atMs);
    if (!wasMeasuring) return;
    for (let tries = 0; tries < 10_000 && this.nameIsTaken(this.setting('Store Name')); tries += 1) {
      this.#settings.set('Store Name', String((Number(this.setting('Store Name')) + 1) % 10_000).padStart(4, '0'));
    }
    this.start(atMs);
  }

  /** The data line of `DOD?`. Nothing measured yet: only Lp is a number. */
  dod(): string {
    return this.#dodLine(this.#shown, this.#tick);
  }

  /** The data line of `DLC?`: the last finished measurement, Lp as a placeholder. `null` when there is none. */
  dlc(): string | null {
    return this.#finished === null ? null : this.#dodLine(this.#finished, null);
  }

  /** A line of `DRD?` for the tick that was heard last. */
  drd(counter: number): string {
    return drdLine(
      counter,
      drdChannels(this.#tick, (name) => this.setting(name)),
    );
  }

  #dodLine(results: Cumulative | null, tick: Tick | null): string {
    const movingDb = results === null ? null : (this.#moving?.levelDb ?? null);
    return dodLine(
      dodChannels({ results, tick, flags: this.#tick, movingDb, percentiles: this.#percentiles() }, (name) => this.setting(name)),
    );
  }

  #listen(tickMs: number): Tick {
    this.#tick = this.#detector.next(this.#source.levelAt(tickMs), Math.round(tickMs / TICK_MS));
    return this.#tick;
  }

  #measure(tick: Tick): void {
    this.#shown?.add(tick);
    this.#moving?.add(energyOf(tick.leqDb));
    const limitMs = durationMs(this.setting(`Measurement Time Preset ${this.setting('Store Mode')}`));
    if (limitMs !== null && this.elapsedSeconds * 1000 >= limitMs - 1) this.stop(this.#nextTickMs);
  }

  #record(mode: 'Auto' | 'Manual', fromMs: number): Recording {
    const storeName = this.setting('Store Name');
    const same = this.recordings.findIndex((recording) => recording.mode === mode && recording.storeName === storeName);
    if (same >= 0) this.recordings.splice(same, 1);
    const recording: Recording = {
      mode,
      storeName,
      index: this.setting('Index Number'),
      spans: [],
      lpIntervalMs: mode === 'Auto' ? durationMs(this.setting('Lp Store Interval')) : null,
      leqIntervalMs: mode === 'Auto' ? durationMs(this.setting('Leq Calculation Interval Preset')) : null,
      weighting: this.setting('Time Weighting (Main)') as TimeWeighting,
      percentiles: this.#percentiles(),
      weightingOffsetDb: weightingOffsetDb('Main', (name) => this.setting(name)),
      naiveOffsetMs: Math.round(this.clock.naiveMsAt(fromMs) - fromMs),
    };
    openSpan(recording, fromMs);
    this.recordings.push(recording);
    if (this.recordings.length > MAX_RECORDINGS) this.recordings.shift();
    return recording;
  }

  #percentiles(): readonly number[] {
    return [1, 2, 3, 4, 5].map((number) => Number(this.setting(`Percentile ${number}`)));
  }

  #newMovingLeq(): MovingLeq | null {
    if (this.setting('Display Leqmov') !== 'On') return null;
    return new MovingLeq((durationMs(this.setting('Moving Leq Interval Preset')) ?? 900_000) / 1000);
  }
}
