/**
 * How many bytes a frame costs on the wire in backfill batches: a meter's cumulative values, printed to 0.1 dB, over 24 h of real one-second levels.
 * `pnpm bench:backfill` prints the table.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeBackfill, type Frame, quantizeFrame } from '@slmm/protocol';
import { energyOf, roundForDisplay } from '@slmm/shared';
import { seeded } from '../seeded.ts';

const LEVELS = fileURLToPath(new URL('../../../../shared/data/levels/laeq_1s_24h.csv', import.meta.url));
const LEVELS_FROM_SOURCE = fileURLToPath(new URL('../../../shared/data/levels/laeq_1s_24h.csv', import.meta.url));

/** The real levels of one day, one LAeq a second; `null` where the file is absent. */
export function readDayOfLevels(): number[] | null {
  const path = [LEVELS_FROM_SOURCE, LEVELS].find(existsSync);
  if (path === undefined) return null;
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.slice(line.lastIndexOf(',') + 1)));
}

/**
 * The frames an edge makes of these levels: DOD once in about 1.1 s (1 s rule plus a jittering answer time), cumulative Leq, LE, Lmax, Lmin and LN since
 * Measure,Start at the first second, printed to 0.1 dB; the interval estimated from the samples of Lp, or exact from ticks.
 */
export function framesOf(levels: readonly number[], basis: 'lp' | 'drd'): Frame[] {
  const random = seeded(1);
  const histogram = new Uint32Array(2000);
  const frames: Frame[] = [];
  let energy = 0;
  let [lmax, lmin, lpeak] = [-Infinity, Infinity, -Infinity];
  let atMs = Date.UTC(2026, 10, 23);
  let previousLp = levels[0] ?? 0;
  for (const [index, level] of levels.entries()) {
    const seconds = basis === 'drd' ? 1 : 1.1 + Math.round(random() * 40) / 1000;
    atMs += Math.round(seconds * 1000);
    energy += energyOf(level);
    const lp = roundForDisplay(level + (random() - 0.5) * 2);
    const peak = roundForDisplay(level + 12 + random() * 3);
    lmax = Math.max(lmax, lp);
    lmin = Math.min(lmin, lp);
    lpeak = Math.max(lpeak, peak);
    histogram[Math.round(level * 10)]! += 1;
    const leq = 10 * Math.log10(energy / (index + 1));
    const exceeded = (percent: number): number => {
      let left = ((index + 1) * percent) / 100;
      for (let tenth = histogram.length - 1; tenth >= 0; tenth -= 1) {
        left -= histogram[tenth] ?? 0;
        if (left <= 0) return tenth / 10;
      }
      return 0;
    };
    frames.push(
      quantizeFrame({
        v: 1,
        unit: 'NL43-01',
        epoch: '01JD3ABCDEFGHJKMNPQRSTVWXY',
        seq: index + 1,
        at: new Date(atMs).toISOString(),
        src: basis === 'drd' ? 'drd' : 'dod',
        run: 'Start',
        lp,
        leq: roundForDisplay(leq),
        le: roundForDisplay(leq + 10 * Math.log10(index + 1)),
        lmax,
        lmin,
        lpeak,
        ln: [exceeded(5), exceeded(10), exceeded(50), exceeded(90), exceeded(95)],
        lieq: null,
        leqmov: null,
        ltm5: null,
        over: false,
        under: false,
        interval:
          basis === 'drd'
            ? { s: 1, leq: level, lmax: lp + 0.8, lmin: lp - 0.7, lpeak: peak, basis, ticks: 10 }
            : {
                s: seconds,
                leq: 10 * Math.log10((energyOf(previousLp) + energyOf(lp)) / 2),
                lmax: null,
                lmin: null,
                lpeak: null,
                basis,
                ticks: 0,
              },
        settings: 'a91c0f3e',
      }),
    );
    previousLp = lp;
  }
  return frames;
}

/** Mean bytes a frame costs in whole batches of `size`, spread over the day. */
export function bytesPerFrame(frames: readonly Frame[], size: number): number {
  let bytes = 0;
  let count = 0;
  const step = Math.max(size, Math.floor(frames.length / 200));
  for (let start = 0; start + size <= frames.length; start += step) {
    bytes += encodeBackfill(frames.slice(start, start + size)).length;
    count += size;
  }
  return bytes / count;
}

function main(): void {
  const levels = readDayOfLevels();
  if (levels === null) {
    console.log('the file of real levels is absent; nothing was measured');
    return;
  }
  console.log('bytes per frame in backfill batches (header included, MQTT/TCP/TLS not), real levels of 24 h');
  for (const basis of ['lp', 'drd'] as const) {
    const frames = framesOf(levels, basis);
    const json = frames.slice(0, 1000).reduce((sum, frame) => sum + JSON.stringify(frame).length, 0) / 1000;
    const row = [10, 60, 300, 600].map((size) => `${size}: ${bytesPerFrame(frames, size).toFixed(2)}`).join('   ');
    console.log(
      `${basis === 'lp' ? 'DOD, estimated interval' : 'DRD, exact interval    '}   ${row}   (one JSON frame: ${json.toFixed(0)})`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
