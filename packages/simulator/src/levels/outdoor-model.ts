/**
 * The built-in sound of a place near a road: a background that follows day and night, vehicles passing by and short events.
 * Everything is a function of time and seed, so a file on the card can be computed hours later from the same numbers.
 */
import { energyOf } from '@slmm/shared';
import { type LevelSource, TICK_MS } from './level-source.ts';
import { noiseAt, smoothNoiseAt } from './noise.ts';

/** How lively each hour of the day is, 0 (dead of night) to 1 (rush hour); UTC hours. */
const LIVELINESS = [
  0.1, 0.06, 0.04, 0.04, 0.08, 0.25, 0.6, 0.95, 1, 0.85, 0.75, 0.75, 0.8, 0.78, 0.75, 0.8, 0.95, 1, 0.85, 0.65, 0.5, 0.4, 0.28,
  0.17,
];

const PASS_SLOT_MS = 15_000;
const EVENT_SLOT_MS = 600_000;
/** A pass-by is heard this long before and after its peak; beyond, it is below the background. */
const PASS_REACH_MS = 20_000;

/** The outdoor model of one place. Two seeds are two places. */
export function outdoorLevels(seed: number): LevelSource {
  return {
    levelAt: (tickMs) => 10 * Math.log10(background(seed, tickMs) + passBys(seed + 11, tickMs) + shortEvents(seed + 23, tickMs)),
  };
}

function background(seed: number, atMs: number): number {
  const slowDb = 2 * smoothNoiseAt(seed + 1, atMs / 300_000);
  const gustDb = 1.2 * smoothNoiseAt(seed + 2, atMs / 4_000);
  const flickerDb = 0.5 * (noiseAt(seed + 3, Math.floor(atMs / TICK_MS)) - 0.5);
  return energyOf(34 + 13 * livelinessAt(atMs) + slowDb + gustDb + flickerDb);
}

/** At most one vehicle per slot, at a random moment in it; a moving source at a distance gives 1 / (1 + (t/w)^2). */
function passBys(seed: number, atMs: number): number {
  const slot = Math.floor(atMs / PASS_SLOT_MS);
  let energy = 0;
  for (let near = slot - 1; near <= slot + 1; near += 1) {
    if (noiseAt(seed, near) > 0.75 * livelinessAt(near * PASS_SLOT_MS)) continue;
    const peakMs = (near + noiseAt(seed + 1, near)) * PASS_SLOT_MS;
    const distanceMs = Math.abs(atMs - peakMs);
    if (distanceMs > PASS_REACH_MS) continue;
    const widthMs = 900 + 2_500 * noiseAt(seed + 2, near);
    const peakDb = 55 + 17 * noiseAt(seed + 3, near);
    energy += energyOf(peakDb) / (1 + (distanceMs / widthMs) ** 2) ** 2;
  }
  return energy;
}

/** A door, a dog, a horn: up to 1.5 s long, now and then. */
function shortEvents(seed: number, atMs: number): number {
  const slot = Math.floor(atMs / EVENT_SLOT_MS);
  if (noiseAt(seed, slot) > 0.5) return 0;
  const fromMs = (slot + 0.99 * noiseAt(seed + 1, slot)) * EVENT_SLOT_MS;
  const lengthMs = 200 + 1_300 * noiseAt(seed + 2, slot);
  return atMs >= fromMs && atMs < fromMs + lengthMs ? energyOf(72 + 14 * noiseAt(seed + 3, slot)) : 0;
}

function livelinessAt(atMs: number): number {
  const hour = (((atMs / 3_600_000) % 24) + 24) % 24;
  const from = Math.floor(hour);
  const share = hour - from;
  return (LIVELINESS[from] ?? 0) * (1 - share) + (LIVELINESS[(from + 1) % 24] ?? 0) * share;
}
