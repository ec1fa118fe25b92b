import type { Frame } from '@slmm/protocol';

/** Levels on SLMM's surface are texts with one decimal, as the meter prints them; `null` where it shows dashes. */
export function levelText(level: number | null): string | null {
  return level === null ? null : level.toFixed(1);
}

/** The seven levels that SLMM shows of a reading. */
export function levelTexts(frame: Frame) {
  return {
    lp: levelText(frame.lp),
    leq: levelText(frame.leq),
    lmax: levelText(frame.lmax),
    lmin: levelText(frame.lmin),
    lpeak: levelText(frame.lpeak),
    ln1: levelText(frame.ln[0]),
    ln2: levelText(frame.ln[1]),
  };
}

/** The same of a DOD line as the meter sent it. */
export function rawTexts(raw: string): ReturnType<typeof levelTexts> {
  const fields = raw.split(',').map((field) => field.trim());
  const at = (index: number): string | null => (/^-?\d{1,3}\.\d$/.test(fields[index] ?? '') ? (fields[index] ?? null) : null);
  return { lp: at(0), leq: at(1), lmax: at(3), lmin: at(4), lpeak: at(10), ln1: at(5), ln2: at(6) };
}

/** One channel without values, in the widths of a DOD line. */
const UNUSED_CHANNEL = [...Array<string>(14).fill('  -.-'), '-', '-'];

/**
 * The DOD line of a frame. A frame carries the main channel alone, so its 16 fields are real (as the edge decoded them) and those of the
 * three sub channels are the placeholders a meter prints for channels it does not use.
 */
export function rawPayload(frame: Frame): string {
  const { lp, leq, le, lmax, lmin, ln, lpeak, lieq, leqmov, ltm5, over, under } = frame;
  const levels = [lp, leq, le, lmax, lmin, ...ln, lpeak, lieq, leqmov, ltm5];
  const main = [...levels.map((level) => (levelText(level) ?? '-.-').padStart(5)), over ? '1' : '0', under ? '1' : '0'];
  return [...main, ...UNUSED_CHANNEL, ...UNUSED_CHANNEL, ...UNUSED_CHANNEL].join(',').trimStart();
}
