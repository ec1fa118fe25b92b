/** Longest time between two tries: somebody who looks at the page at night should not wait longer than this after the hub is back. */
const LONGEST_WAIT_MS = 15_000;
const FIRST_WAIT_MS = 500;

/** Time before try number `failures + 1`: doubling, half of it random so that all open pages do not come back at once. `random` is in [0, 1). */
export function reconnectDelayMs(failures: number, random: number): number {
  const wholeMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(20, Math.max(0, failures - 1)));
  return Math.round(wholeMs / 2 + (wholeMs / 2) * random);
}

/** The hub speaks at least every 25 s; a socket that was silent for longer than this is dead, whatever the browser thinks of it. */
export const SILENCE_LIMIT_MS = 40_000;
