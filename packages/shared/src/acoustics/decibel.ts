/** Energy ratio of a level: 10^(L/10). */
export function energyOf(levelDb: number): number {
  return 10 ** (levelDb / 10);
}

/** Level of an energy ratio: 10 lg(E). `null` for no energy, because a level of nothing is no number. */
export function levelOf(energy: number): number | null {
  return energy > 0 ? 10 * Math.log10(energy) : null;
}

/** Leq of parts that may differ in length: 10 lg(sum(t 10^(L/10)) / sum(t)). IEC 61672-1, 3.9. `null` for no time. */
export function equivalentLevel(parts: readonly { readonly levelDb: number; readonly seconds: number }[]): number | null {
  let energy = 0;
  let seconds = 0;
  for (const part of parts) {
    energy += energyOf(part.levelDb) * part.seconds;
    seconds += part.seconds;
  }
  return seconds > 0 ? levelOf(energy / seconds) : null;
}

/** One decimal, half away from zero: how levels are shown (never how limits are compared). */
export function roundForDisplay(levelDb: number): number {
  const tenths = Math.abs(levelDb) * 10;
  const rounded = Math.floor(tenths + 0.5 + 1e-9) / 10;
  return levelDb < 0 && rounded !== 0 ? -rounded : rounded;
}
