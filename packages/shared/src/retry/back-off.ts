/** How long to wait between tries: doubling from `firstMs` to `maxMs`, spread by full-range jitter so that a fleet does not march in step. */
export interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Share of the delay that is random, 0..1: with 0.5 a delay lies in [half, whole]. */
  readonly jitter: number;
}

/** Delay before try number `failures + 1`; `failures` counts from 1. `random` is in [0, 1). */
export function backOffDelayMs(backOff: BackOff, failures: number, random: number): number {
  const wholeMs = Math.min(backOff.maxMs, backOff.firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  const delayMs = wholeMs * (1 - backOff.jitter) + wholeMs * backOff.jitter * random;
  return Math.max(backOff.firstMs, Math.round(delayMs));
}
