/** A scheme answered for one date: every window and rating with its level, its coverage, its limits and what headroom is left. Neighbours: periods.ts, history.ts. */
import type { Mask } from '../annotations.ts';
import { headroomOf, type Headroom } from '../levels/headroom.ts';
import type { Answer, History, LeqQuestion, Question } from '../history.ts';
import { clockWindows, type LeqWindow } from '../levels/leq-windows.ts';
import { type DatedWindow, ratingLevel, ratingsOn, spanOf, windowsOn } from './periods.ts';
import type { Limit, Rating, Scheme } from './scheme.ts';
import type { Span } from '../time/spans.ts';
import { exceeds, limitedLevel } from '../levels/statistics.ts';

/** A limit and how it stands. */
export interface LimitAnswer {
  readonly limit: Limit;
  /** The level it is set on; `null` where nothing was measured. */
  readonly levelDb: number | null;
  /** Told from unrounded levels, overload counted; `null` while nothing was measured. */
  readonly exceeded: boolean | null;
  /** The window of T that was the loudest, for limits with T. */
  readonly loudest: LeqWindow | null;
  /** For limits on Leq while the period runs; `null` before, after, and for other limits. */
  readonly headroom: Headroom | null;
}

/** A named window of the scheme. */
export interface WindowAnswer extends Answer {
  readonly kind: 'window';
  readonly name: string;
  readonly limits: readonly LimitAnswer[];
}

/** A composed level such as Lden. Its span goes from the start of its first part to the end of its last. */
export interface RatingAnswer extends Span {
  readonly kind: 'rating';
  readonly name: string;
  readonly levelDb: number | null;
  readonly parts: readonly (Answer & { readonly penaltyDb: number })[];
  readonly limits: readonly { readonly limitDb: number; readonly note: string | null; readonly exceeded: boolean | null }[];
}

export interface SchemeAnswer {
  readonly windows: readonly WindowAnswer[];
  readonly ratings: readonly RatingAnswer[];
  readonly masks: readonly Mask[];
}

/** Windows and ratings of `scheme` that belong to `date`. */
export async function answerScheme(
  history: History,
  question: Question,
  scheme: Scheme,
  date: string,
  nowMs: number,
): Promise<SchemeAnswer> {
  const dated = windowsOn(scheme, date, question.zone);
  const belonging = ratingsOn(scheme, date);
  const ratingSpans = belonging.map((rating) => rating.parts.map((part) => spanOf(part, date, question.zone)));
  const { answers, masks } = await history.spans(question, [...dated, ...ratingSpans.flat()]);
  const windows = await Promise.all(dated.map((one, index) => windowAnswer(history, question, one, answers[index], nowMs)));
  let next = dated.length;
  const ratings = belonging.map((rating) => {
    const parts = answers.slice(next, (next += rating.parts.length));
    return ratingAnswer(rating, parts);
  });
  return { windows, ratings, masks };
}

async function windowAnswer(
  history: History,
  question: Question,
  { window, startMs, endMs }: DatedWindow,
  answer: Answer | undefined,
  nowMs: number,
): Promise<WindowAnswer> {
  if (answer === undefined) throw new RangeError('a window was not answered');
  const span = { startMs, endMs };
  const limits = await Promise.all(window.limits.map((limit) => limitAnswer(history, question, limit, span, answer, nowMs)));
  return { ...answer, kind: 'window', name: window.name, limits };
}

async function limitAnswer(
  history: History,
  question: Question,
  limit: Limit,
  span: Span,
  answer: Answer,
  nowMs: number,
): Promise<LimitAnswer> {
  if (limit.t === undefined) {
    const levelDb = answer.rollup === null ? null : limitedLevel(answer.rollup, limit.of, question.rule.overload);
    const exceeded = exceeds(answer.rollup, { of: limit.of, limitDb: limit.limit_db });
    const headroom = limit.of === 'leq' ? runningHeadroom(limit, span, answer, nowMs) : null;
    return { limit, levelDb, exceeded, loudest: null, headroom };
  }
  const mode = limit.mode ?? 'clock';
  const windowed: LeqQuestion = { ...question, ...span, windowMs: limit.t * 1000, stepMs: 1000, mode, isListed: false };
  const { loudest } = await history.leq(windowed);
  const isOverloaded = (answer.rollup?.overMs ?? 0) > 0;
  const withOver = isOverloaded ? await history.leq({ ...windowed, rule: { ...question.rule, overload: 'in' } }) : null;
  const highest = Math.max(loudest?.leqDb ?? -Infinity, withOver?.loudest?.leqDb ?? -Infinity);
  return {
    limit,
    levelDb: loudest?.leqDb ?? null,
    exceeded: highest === -Infinity ? null : highest > limit.limit_db,
    loudest,
    headroom: await windowHeadroom(history, question, limit, span, nowMs),
  };
}

function runningHeadroom(limit: Limit, span: Span, answer: Answer, nowMs: number): Headroom | null {
  if (nowMs < span.startMs || nowMs >= span.endMs) return null;
  return headroomOf(limit.limit_db, span.endMs - span.startMs, nowMs - span.startMs, answer.statistics.leqDb);
}

/** Headroom in the window of T that runs now: the clock-aligned one, or the one that began with the period and has not reached T yet. */
async function windowHeadroom(
  history: History,
  question: Question,
  limit: Limit,
  period: Span,
  nowMs: number,
): Promise<Headroom | null> {
  const lengthMs = (limit.t ?? 0) * 1000;
  if (nowMs < period.startMs || nowMs >= period.endMs) return null;
  const windows =
    limit.mode === 'moving'
      ? [{ startMs: period.startMs, endMs: period.startMs + lengthMs }]
      : [...clockWindows(period.startMs, period.endMs, lengthMs, question.zone)];
  const running = windows.find((window) => window.startMs <= nowMs && nowMs < window.endMs);
  if (running === undefined) return null;
  const { answer } = await history.whole(question, { startMs: running.startMs, endMs: Math.max(nowMs, running.startMs + 1) });
  return headroomOf(limit.limit_db, lengthMs, nowMs - running.startMs, answer.statistics.leqDb);
}

function ratingAnswer(rating: Rating, answers: readonly Answer[]): RatingAnswer {
  const levelDb = ratingLevel(
    rating,
    answers.map((answer) => answer.statistics.leqDb),
  );
  return {
    kind: 'rating',
    name: rating.name,
    startMs: Math.min(...answers.map((answer) => answer.startMs)),
    endMs: Math.max(...answers.map((answer) => answer.endMs)),
    levelDb,
    parts: answers.map((answer, index) => ({ ...answer, penaltyDb: rating.parts[index]?.penalty_db ?? 0 })),
    limits: rating.limits.map(({ limit_db: limitDb, note }) => ({
      limitDb,
      note: note ?? null,
      exceeded: levelDb === null ? null : levelDb > limitDb,
    })),
  };
}
