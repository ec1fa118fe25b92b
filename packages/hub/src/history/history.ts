/**
 * The questions an acoustician asks, answered from rollups and readings. Every answer rests on one rule of statistics and says which masks it knew of.
 * Neighbours: history-store.ts reads, scheme-answer.ts answers for a whole scheme, api/v1/history speaks HTTP.
 */
import { type AnnotationStore, type Mask, maskedSpans } from './annotations.ts';
import type { HistoryStore } from './history-store.ts';
import { clockWindows, type LeqWindow, loudestOf, movingWindows } from './levels/leq-windows.ts';
import { bucketBounds, type ResolutionName } from './levels/resolution.ts';
import type { Rollup } from './levels/rollup.ts';
import { overlapMs, type Span, without } from './time/spans.ts';
import { type Statistics, statisticsOf, type StatisticsRule } from './levels/statistics.ts';

const DAY_MS = 86_400_000;
/** Clock-aligned windows that are answered in one go. */
const WINDOWS_AT_ONCE = 5_000;

/** What every question has. */
export interface Question {
  readonly unit: string;
  /** IANA zone for days and clock-aligned windows. */
  readonly zone: string;
  /** Whether masked time is left out. */
  readonly masked: 'out' | 'in';
  readonly rule: StatisticsRule;
}

/** A span with what was measured in it. */
export interface Answer extends Span {
  readonly rollup: Rollup | null;
  readonly statistics: Statistics;
  /** How much of the span is masked, whether or not that was left out. */
  readonly maskedMs: number;
}

export interface LevelsAnswer {
  readonly resolution: ResolutionName;
  readonly buckets: readonly Answer[];
  readonly masks: readonly Mask[];
}

export interface LeqQuestion extends Question, Span {
  /** T. */
  readonly windowMs: number;
  readonly mode: 'clock' | 'moving';
  /** Distance between the starts of moving windows. */
  readonly stepMs: number;
  /** Whether every window is wanted, or only their number and the loudest: a month has two million moving ones. */
  readonly isListed: boolean;
}

export interface LeqAnswer {
  /** Empty where they were not to be listed. */
  readonly windows: readonly LeqWindow[];
  readonly count: number;
  /** The loudest window with enough coverage. */
  readonly loudest: LeqWindow | null;
  readonly masks: readonly Mask[];
}

export class History {
  readonly #store: HistoryStore;
  readonly #annotations: AnnotationStore;

  constructor(store: HistoryStore, annotations: AnnotationStore) {
    this.#store = store;
    this.#annotations = annotations;
  }

  /** Buckets that have a part in `[fromMs, toMs)`, empty ones too, so that a gap is seen. */
  async levels(question: Question, fromMs: number, toMs: number, resolution: ResolutionName): Promise<LevelsAnswer> {
    const bounds = bucketBounds(fromMs, toMs, resolution, question.zone);
    const spans = bounds.slice(1).map((endMs, index): Span => ({ startMs: bounds[index] ?? 0, endMs }));
    return { resolution, ...(await this.#over(question, spans)) };
  }

  /** What was measured in one span, as one. */
  async whole(question: Question, span: Span): Promise<{ readonly answer: Answer; readonly masks: readonly Mask[] }> {
    const { buckets, masks } = await this.#over(question, [span]);
    return { answer: buckets[0] ?? answerOf(span, null, question.rule, []), masks };
  }

  /** Several spans that may overlap, in one go. */
  async spans(
    question: Question,
    spans: readonly Span[],
  ): Promise<{ readonly answers: readonly Answer[]; readonly masks: readonly Mask[] }> {
    const { buckets: answers, masks } = await this.#over(question, spans);
    return { answers, masks };
  }

  async leq(question: LeqQuestion): Promise<LeqAnswer> {
    const { startMs, endMs, rule } = question;
    const masks = await this.#annotations.masks(question.unit, startMs, endMs);
    const windows: LeqWindow[] = [];
    let [count, loudest]: [number, LeqWindow | null] = [0, null];
    const parts = question.mode === 'clock' ? this.#clockLeq(question) : this.#movingLeq(question, masks);
    for await (const part of parts) {
      count += part.length;
      loudest = loudestOf(loudest === null ? part : [loudest, ...part], rule.coverage);
      if (question.isListed) windows.push(...part);
    }
    return { windows, count, loudest, masks };
  }

  async *#clockLeq(question: LeqQuestion): AsyncGenerator<readonly LeqWindow[]> {
    const windows = clockWindows(question.startMs, question.endMs, question.windowMs, question.zone);
    for (let spans = some(windows); spans.length > 0; spans = some(windows)) {
      const { answers } = await this.spans(question, spans);
      yield answers.map(({ startMs, endMs, statistics: { leqDb, coverage } }) => ({ startMs, endMs, leqDb, coverage }));
    }
  }

  /** A day of starts at a time, so that a long range neither fills the memory nor keeps other questions waiting. */
  async *#movingLeq(question: LeqQuestion, masks: readonly Mask[]): AsyncGenerator<readonly LeqWindow[]> {
    const { unit, windowMs, stepMs, rule } = question;
    const cellMs = greatestCommonDivisor(windowMs, stepMs);
    const removed = question.masked === 'out' ? maskedSpans(masks) : [];
    const startsAtOnce = Math.ceil(Math.max(DAY_MS, windowMs) / stepMs);
    const total = movingCount(question);
    for (let first = 0; first < total; first += startsAtOnce) {
      const startMs = question.startMs + first * stepMs;
      const endMs = startMs + (Math.min(startsAtOnce, total - first) - 1) * stepMs + windowMs;
      const cells = await this.#store.cells(unit, { startMs, endMs }, cellMs, removed, rule.overload);
      yield [...movingWindows(cells, windowMs / cellMs, stepMs / cellMs)];
    }
  }

  async #over(
    { unit, masked, rule }: Question,
    spans: readonly Span[],
  ): Promise<{ readonly buckets: readonly Answer[]; readonly masks: readonly Mask[] }> {
    if (spans.length === 0) return { buckets: [], masks: [] };
    const masks = await this.#annotations.masks(
      unit,
      spans.reduce((least, span) => Math.min(least, span.startMs), Infinity),
      spans.reduce((most, span) => Math.max(most, span.endMs), -Infinity),
    );
    const removed = maskedSpans(masks);
    const wanted = spans.map((span) => (masked === 'out' ? without(span, removed) : [span]));
    const rollups = await this.#store.rollups(unit, wanted);
    return { buckets: spans.map((span, index) => answerOf(span, rollups[index] ?? null, rule, removed)), masks };
  }
}

/** The next of them, as many as are answered in one go. */
function some(windows: Iterator<Span>): Span[] {
  const spans: Span[] = [];
  while (spans.length < WINDOWS_AT_ONCE) {
    const next = windows.next();
    if (next.done === true) break;
    spans.push(next.value);
  }
  return spans;
}

/** How many moving windows fit, without making them. */
export function movingCount({
  startMs,
  endMs,
  windowMs,
  stepMs,
}: Pick<LeqQuestion, 'startMs' | 'endMs' | 'windowMs' | 'stepMs'>): number {
  return Math.max(0, Math.floor((endMs - startMs - windowMs) / stepMs) + 1);
}

/** How many cells a moving question needs. */
export function cellCount({
  startMs,
  endMs,
  windowMs,
  stepMs,
}: Pick<LeqQuestion, 'startMs' | 'endMs' | 'windowMs' | 'stepMs'>): number {
  return Math.ceil((endMs - startMs) / greatestCommonDivisor(windowMs, stepMs));
}

function answerOf(span: Span, rollup: Rollup | null, rule: StatisticsRule, removed: readonly Span[]): Answer {
  const { startMs, endMs } = span;
  return { startMs, endMs, rollup, statistics: statisticsOf(rollup, endMs - startMs, rule), maskedMs: overlapMs(span, removed) };
}

function greatestCommonDivisor(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small > 0) [large, small] = [small, large % small];
  return large;
}
