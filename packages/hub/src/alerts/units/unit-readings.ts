/**
 * One unit's readings at work: live ones go straight in; after late ones, at a start and when a rule has changed the story is told from a former position on,
 * compared with what is written, and what differs is written anew. Neighbours: unit-alerts.ts is the fold, retelling.ts reads the past, reconcile.ts compares.
 */
import type { Frame } from '@slmm/protocol';
import type { Clock, Logger, Turns } from '@slmm/shared';
import type { ReadingStore } from '../../history/reading-store.ts';
import type { AlertStore, StoredCheckpoint } from '../alert-store.ts';
import type { CommitQueue } from '../records/commit-queue.ts';
import type { EventBook } from '../records/event-book.ts';
import type { EventStory } from '../judging/event-story.ts';
import { GapMemory } from './gap-memory.ts';
import { HeardSeqs } from './heard-seqs.ts';
import type { Observation } from '../judging/observation.ts';
import { reconcile } from '../records/reconcile.ts';
import { retell, type Retold } from './retelling.ts';
import type { Rule } from '../rules/rule.ts';
import { firstChangeMs, type RuleInForce } from '../rules/rule-in-force.ts';
import { LateReadings } from './late-readings.ts';
import { TellingLine } from './telling-line.ts';
import { writtenOf } from './written-events.ts';
import {
  type AlertChange,
  emptyCheckpoint,
  longestMemoryMs,
  type RuleStanding,
  UnitAlerts,
  type UnitCheckpoint,
} from '../judging/unit-alerts.ts';
import type { UnitClock } from './unit-clock.ts';

/** Older than this when it is found, an onset that is over is for the record and not for waking people. Readings of a window that is over may be on their way for as long. */
export const LATE_MS = 150_000;
/** Readings that wait while the story is told; more are read from the store instead. */
const MAX_QUEUE = 5_000;
/** Numbers of readings are kept as ranges; when so many more have come up, the store is asked which holes there really are. */
const MAX_NEW_PIECES = 200;

type FrameObservation = Extract<Observation, { kind: 'frame' }>;

export interface UnitReadingsDeps {
  readonly readings: Pick<ReadingStore, 'readings' | 'streams'>;
  readonly store: Pick<AlertStore, 'events'>;
  readonly commits: CommitQueue;
  readonly book: EventBook;
  readonly turns: Turns;
  readonly unitClock: UnitClock;
  readonly clock: Clock;
  readonly log: Logger;
}

export class UnitReadings {
  readonly #deps: UnitReadingsDeps;
  readonly #unit: string;
  readonly #begin: UnitCheckpoint;
  #wordings: readonly RuleInForce[];
  /** Empty until the first telling. */
  #alerts: UnitAlerts;
  #gaps: GapMemory;
  #heard: HeardSeqs;
  /** Under which ids the stories that were told last are written. */
  #ids: ReadonlyMap<string, string> = new Map();
  #mostPieces = MAX_NEW_PIECES;
  #queue: FrameObservation[] = [];
  #queueOverflowed = false;
  readonly #line: TellingLine;
  #isTold = false;
  readonly #late: LateReadings;
  #waiting: (() => void)[] = [];
  #dirty = false;
  #closed = false;

  /** `stored`: the position and the gaps that are on disk. */
  constructor(unit: string, wordings: readonly RuleInForce[], stored: readonly StoredCheckpoint[], deps: UnitReadingsDeps) {
    this.#unit = unit;
    this.#deps = deps;
    this.#wordings = wordings;
    const position = stored.find(({ kind }) => kind === 'position');
    this.#gaps = new GapMemory(
      unit,
      stored.filter(({ kind }) => kind === 'gap').map(({ checkpoint }) => checkpoint),
    );
    this.#heard = new HeardSeqs(position?.heard);
    this.#begin = position?.checkpoint ?? this.#origin();
    this.#alerts = new UnitAlerts([], this.#begin, []);
    this.#line = new TellingLine(deps.turns, deps.clock, (error) =>
      deps.log.error({ err: error, unit }, 'the alerts of a unit could not be told from its readings; trying again'),
    );
    this.#late = new LateReadings(deps.clock, () => void this.#tellFrom(() => this.#beforeLate(), false));
  }

  /** Tells what came after the position, and what was stored before it and not weighed when the hub stopped. */
  start(): Promise<void> {
    return this.#tellFrom(() => this.#begin, true);
  }

  /** Goes on by other wordings. What came before the change is judged as it was, also what comes late. */
  reword(wordings: readonly RuleInForce[]): Promise<void> {
    return this.#tellFrom(() => {
      const fromMs = firstChangeMs(this.#wordings, wordings);
      this.#wordings = wordings;
      return this.#alerts.atMs < fromMs ? this.#alerts.checkpoint() : (this.#gaps.newestBefore(fromMs) ?? this.#origin());
    }, false);
  }

  frame(frame: Frame, atMs: number): void {
    if (this.#closed) return;
    const observation: FrameObservation = { kind: 'frame', atMs, frame };
    if (this.#isLive) this.#take(observation);
    else if (this.#queue.length >= MAX_QUEUE) this.#queueOverflowed = true;
    else this.#queue.push(observation);
  }

  /** Ends what lived in a window of the schedule that is over, when no reading comes to show it. Readings from before its end may still be on their way. */
  outlive(): void {
    if (this.#isLive) this.#write(this.#alerts.advance(this.#nowMs() - LATE_MS));
  }

  standing(rule: string): RuleStanding | null {
    const standing = this.#alerts.standing(rule);
    return standing?.event == null ? standing : { ...standing, event: this.#idOf(standing.event) };
  }

  failures(): ReturnType<UnitAlerts['failures']> {
    return this.#alerts.failures();
  }

  /** Writes the position when it has moved, and what is on as it stands now. Not while late readings wait to be weighed: a start must find them. */
  savePosition(): void {
    if (!this.#dirty || !this.isSettled) return;
    this.#dirty = false;
    for (const story of this.#alerts.stories())
      if (story.status === 'active' && this.#deps.book.record(this.#idOf(story.id))?.peakMs !== story.peakMs) this.#put(story);
    this.#deps.commits.checkpoint({
      unit: this.#unit,
      kind: 'position',
      checkpoint: this.#alerts.checkpoint(),
      heard: this.#heard.toJSON(),
    });
  }

  /** Tellings that have not begun are left to the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#late.cancel();
    await this.#line.close();
    this.#wake();
    this.savePosition();
  }

  /** Time of the newest reading that was weighed. */
  get newestMs(): number {
    return this.#alerts.atMs;
  }

  /** Whether readings are weighed as they come. */
  get #isLive(): boolean {
    return this.#isTold && this.#line.isEmpty;
  }

  /** Whether everything that came in is weighed. */
  get isSettled(): boolean {
    return this.#isLive && this.#late.fromMs === null;
  }

  async settled(): Promise<void> {
    while (!this.isSettled && !this.#closed) await new Promise<void>((done) => this.#waiting.push(done));
  }

  #take(observation: FrameObservation): void {
    const { epoch, seq } = observation.frame;
    if (this.#heard.has(epoch, seq)) return;
    if (observation.atMs <= this.#alerts.frontierMs) {
      const { atMs: originMs } = this.#origin();
      // Before the first rule counted a reading matters as far as it lies in a window.
      if (observation.atMs > originMs - longestMemoryMs(this.#wordings, originMs))
        this.#late.add(Math.max(observation.atMs, originMs + 1));
      else this.#heard.add(epoch, seq);
      return;
    }
    this.#heard.add(epoch, seq);
    if (this.#gaps.isWorthKeeping(this.#alerts, observation)) this.#keepGap(this.#alerts.checkpoint());
    this.#write(this.#alerts.observe(observation));
    this.#dirty = true;
    if (this.#heard.pieces > this.#mostPieces) void this.#tellFrom(() => this.#alerts.checkpoint(), true);
  }

  #keepGap(checkpoint: UnitCheckpoint): void {
    const given = this.#gaps.keep(checkpoint);
    this.#deps.commits.checkpoint({ unit: this.#unit, kind: 'gap', checkpoint });
    if (given !== null) this.#deps.commits.dropGap(this.#unit, given.atMs);
  }

  #write(changes: readonly AlertChange[]): void {
    for (const { story } of changes) this.#put(story);
    if (changes.length > 0) this.#dirty = true;
  }

  #put(story: EventStory): void {
    const rule = this.#ruleOf(story);
    if (rule !== null) this.#deps.book.tell(this.#idOf(story.id), story, rule, this.#isLate(story));
  }

  #idOf(story: string): string {
    return this.#ids.get(story) ?? story;
  }

  /** Nobody is woken for what began long ago, unless it is on at this moment. */
  #isLate(story: EventStory): boolean {
    const freshMs = this.#nowMs() - LATE_MS;
    if (story.shownMs >= freshMs) return false;
    return story.status !== 'active' || this.#alerts.atMs < freshMs;
  }

  #nowMs(): number {
    return this.#deps.unitClock.nowMs(this.#deps.clock.nowMs());
  }

  /** Before the first wording there is nothing to tell. */
  #origin(): UnitCheckpoint {
    const firstMs = this.#wordings.reduce((least, { sinceMs }) => Math.min(least, sinceMs), Number.POSITIVE_INFINITY);
    return emptyCheckpoint((Number.isFinite(firstMs) ? firstMs : this.#nowMs()) - 1);
  }

  #ruleOf({ rule, wordingMs }: EventStory): Rule | null {
    return this.#wordings.find((one) => one.rule.id === rule && one.sinceMs === wordingMs)?.rule ?? null;
  }

  /** The newest position before what came late. */
  #beforeLate(): UnitCheckpoint {
    const { fromMs } = this.#late;
    return fromMs === null ? this.#alerts.checkpoint() : (this.#gaps.newestBefore(fromMs) ?? this.#origin());
  }

  /** Live readings wait until it has succeeded: before that they would be judged by rules or from a position that are no longer true. Never rejects. */
  #tellFrom(from: () => UnitCheckpoint, recount: boolean): Promise<void> {
    let position: UnitCheckpoint | null = null;
    return this.#line.enter(
      () => this.#tell((position ??= from()), recount),
      () => this.#goOn(),
    );
  }

  /** Tells everything after `from` (again), compares it with what is written, and goes on live from the end of it. */
  async #tell(from: UnitCheckpoint, recount: boolean): Promise<void> {
    const lateFromMs = this.#late.fromMs;
    const { readings, book, commits } = this.#deps;
    const streams = recount ? await readings.streams({ unit: this.#unit }) : [];
    const heard = this.#heard.copy();
    let told = await this.#retell(from, heard);
    const missed = this.#positionBefore(heard.firstUnheard(streams), from);
    if (missed !== null) told = await this.#retell(missed, heard);
    heard.addAll(streams);
    await commits.settled();
    const written = await writtenOf(this.#unit, told, this.#deps.store);
    const { changed, unconfirmed, ids } = reconcile(written, [...told.stories.values()]);

    book.remember(written);
    this.#ids = ids;
    this.#alerts = told.alerts;
    this.#gaps = told.gaps;
    this.#heard = heard;
    if (recount) this.#mostPieces = heard.pieces + MAX_NEW_PIECES;
    if (lateFromMs !== null && told.from.atMs < lateFromMs) this.#late.told();
    this.#isTold = true;
    this.#dirty = true;
    for (const record of unconfirmed) book.unconfirmed(record);
    for (const story of changed) this.#put(story);
    commits.forgetGaps(this.#unit, told.from.atMs);
    for (const checkpoint of told.gaps.all)
      if (checkpoint.atMs >= told.from.atMs) commits.checkpoint({ unit: this.#unit, kind: 'gap', checkpoint });
  }

  #retell(from: UnitCheckpoint, heard: HeardSeqs): Promise<Retold> {
    const plan = {
      unit: this.#unit,
      wordings: this.#wordings,
      from,
      gaps: this.#gaps,
      heard,
      nowMs: () => this.#nowMs(),
      lateMs: LATE_MS,
    };
    return retell(plan, this.#deps.readings);
  }

  /** Where to tell from so that these are in it; `null` when the telling from `from` had them all. */
  #positionBefore(
    unheard: readonly { readonly epoch: string; readonly seq: number }[],
    from: UnitCheckpoint,
  ): UnitCheckpoint | null {
    const positions = unheard.map(({ epoch, seq }) => this.#gaps.beforeSeq(epoch, seq) ?? this.#origin());
    const earliest = positions.reduce<UnitCheckpoint | null>(
      (least, one) => (least === null || one.atMs < least.atMs ? one : least),
      null,
    );
    return earliest !== null && earliest.atMs < from.atMs ? earliest : null;
  }

  /** Takes what has waited, unless there is more to tell first. */
  #goOn(): void {
    if (!this.#line.isEmpty) return;
    const queue = this.#queue;
    this.#queue = [];
    for (const one of queue) this.#take(one);
    // What did not fit is in the store.
    if (this.#queueOverflowed) void this.#tellFrom(() => this.#alerts.checkpoint(), true);
    this.#queueOverflowed = false;
    this.savePosition();
    this.#wake();
  }

  #wake(): void {
    for (const done of this.#waiting.splice(0)) done();
  }
}
