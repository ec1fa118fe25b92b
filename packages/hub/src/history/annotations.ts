/** What people say about stretches of time: masks and calibration checks. Nothing here deletes a reading. Neighbours: history.ts leaves masked time out, api/v1/history writes them. */
import { type Span, unionOf } from './time/spans.ts';

/** Time that is not part of the statistics, who said so and why. A mask that was withdrawn stays on record. */
export interface Mask extends Span {
  readonly id: string;
  readonly unit: string;
  readonly reason: string;
  readonly author: string;
  readonly createdMs: number;
  readonly withdrawnMs: number | null;
  readonly withdrawnBy: string | null;
}

/** A check with a sound calibrator. `before` opens a measurement, `after` closes it. */
export interface CalibrationCheck {
  readonly id: string;
  readonly unit: string;
  readonly atMs: number;
  readonly kind: 'before' | 'after';
  /** What the calibrator makes. */
  readonly referenceDb: number;
  /** What the meter showed. */
  readonly measuredDb: number;
  readonly author: string;
  readonly note: string | null;
}

/** Where masks and checks live. */
export interface AnnotationStore {
  /** Those that touch `[fromMs, toMs)`, oldest first, withdrawn ones too. */
  masks(unit: string, fromMs: number, toMs: number): Promise<readonly Mask[]>;
  putMask(mask: Mask): Promise<void>;
  /** `false` when there is no such mask that is still in force. */
  withdrawMask(unit: string, id: string, by: string, atMs: number): Promise<boolean>;
  /** Oldest first. */
  checks(unit: string): Promise<readonly CalibrationCheck[]>;
  putCheck(check: CalibrationCheck): Promise<void>;
  /** Schemes that people wrote, in the order of their ids. */
  schemes(): Promise<readonly unknown[]>;
  putScheme(id: string, scheme: unknown): Promise<void>;
  deleteScheme(id: string): Promise<boolean>;
}

/** Drift above this normally voids what was measured between two checks (after ISO 1996-2). */
export const DRIFT_LIMIT_DB = 0.5;

/** The checks around a span: the last before its start, the first after its end. */
export interface CalibrationAround {
  readonly before: CalibrationCheck | null;
  readonly after: CalibrationCheck | null;
  /** How much the deviation from the reference changed in between; `null` unless both are there. */
  readonly driftDb: number | null;
  /** `null` while it cannot be told. */
  readonly withinLimit: boolean | null;
}

/** Masks in force, joined, for taking out. */
export function maskedSpans(masks: readonly Mask[]): Span[] {
  return unionOf(masks.filter((mask) => mask.withdrawnMs === null));
}

export function deviationDb(check: CalibrationCheck): number {
  return check.measuredDb - check.referenceDb;
}

/** `checks` oldest first. */
export function calibrationAround(span: Span, checks: readonly CalibrationCheck[]): CalibrationAround {
  const before = checks.findLast((check) => check.atMs <= span.startMs) ?? null;
  const after = checks.find((check) => check.atMs >= span.endMs) ?? null;
  if (before === null || after === null) return { before, after, driftDb: null, withinLimit: null };
  const driftDb = deviationDb(after) - deviationDb(before);
  // Both deviations are printed to 0.1 dB; what is lost in doubles must not decide.
  return { before, after, driftDb, withinLimit: Math.abs(driftDb) <= DRIFT_LIMIT_DB + 1e-9 };
}
