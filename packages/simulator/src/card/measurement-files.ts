/**
 * The files of one measurement: Lp records, split every hour, and Leq records, split every 60,000. Spellings are those of a real card,
 * the space after `Lp` included. No real .rnd could be had, so the content is text of the documented kind: `CSV`, column names, rows.
 */
import { formatMeterClock, meterClockFromNaiveMs } from '@slmm/protocol';
import { type LevelSource, TICK_MS } from '../levels/level-source.ts';
import { Cumulative } from '../meter/cumulative.ts';
import { levelField } from '../meter/data-lines.ts';
import { Detector } from '../meter/detector.ts';
import { type CardEntry, type CardFile, folder } from './card-entry.ts';
import { instantAt, measuredMs, type Recording } from './recording.ts';
import { rowFile } from './row-file.ts';

const LP_FILE_MS = 3_600_000;
const LEQ_FILE_ROWS = 60_000;
/** Long enough before a file's first record for time weighting S to forget how it began. */
const SETTLE_MS = 30_000;

const LP_HEADER = 'CSV\r\nAddress,Start Time,Lp(Main),Over,Under,\r\n';
const LEQ_HEADER =
  'CSV\r\nAddress,Start Time,Measurement Time,Leq(Main),LE(Main),Lmax(Main),Lmin(Main),LN1(Main),LN2(Main),LN3(Main),LN4(Main),LN5(Main),Lpeak(Main),Over,Under,\r\n';

/** The folder of an Auto measurement, `Auto_0042`, with everything stored until `nowMs`. */
export function autoFolder(recording: Recording, sound: LevelSource, nowMs: number): CardEntry {
  const doneMs = measuredMs(recording, nowMs);
  const endedMs = recording.spans.at(-1)?.toMs ?? nowMs;
  const lpFiles = recording.lpIntervalMs === null ? [] : lpParts(recording, recording.lpIntervalMs, sound, doneMs);
  const leqFiles = recording.leqIntervalMs === null ? [] : leqParts(recording, recording.leqIntervalMs, sound, doneMs);
  const modified = endedMs + recording.naiveOffsetMs;
  return folder(`Auto_${recording.storeName}`, modified, [
    folder('Auto_Leq_01', modified, leqFiles),
    folder('Auto_Lp_01', modified, lpFiles),
    headerFile(recording),
  ]);
}

/** The folder of a manually stored measurement, `Manual_0042`: one record. */
export function manualFolder(recording: Recording, sound: LevelSource, nowMs: number): CardEntry {
  const doneMs = Math.max(TICK_MS, measuredMs(recording, nowMs));
  const modified = (recording.spans.at(-1)?.toMs ?? nowMs) + recording.naiveOffsetMs;
  const file = leqFile(recording, doneMs, sound, `${filePrefix(recording)}MAN_${recording.storeName}_0000.rnd`, 0, 1);
  return folder(`Manual_${recording.storeName}`, modified, [file]);
}

function lpParts(recording: Recording, intervalMs: number, sound: LevelSource, doneMs: number): CardFile[] {
  const rows = Math.floor(doneMs / intervalMs);
  const rowsPerFile = LP_FILE_MS / intervalMs;
  return parts(rows, rowsPerFile).map(({ part, firstRow, count }) => {
    const endMs = instantAt(recording, (firstRow + count) * intervalMs - TICK_MS) + TICK_MS;
    return rowFile({
      name: `${filePrefix(recording)}Lp _${recording.storeName}_${part}.rnd`,
      modifiedNaiveMs: endMs + recording.naiveOffsetMs,
      header: LP_HEADER,
      rowBytes: lpRow(0, 0, null).length,
      rows: count,
      rowsFrom: (row) => lpRows(recording, intervalMs, sound, firstRow + row),
    });
  });
}

/** Replays the detector over the sound of then. */
function lpRows(recording: Recording, intervalMs: number, sound: LevelSource, firstRow: number): () => string {
  const detector = new Detector(recording.weighting);
  let row = firstRow;
  let heardMs = instantAt(recording, row * intervalMs) - SETTLE_MS;
  return () => {
    const rowMs = instantAt(recording, row * intervalMs);
    let lpDb: number | null = null;
    for (; heardMs <= rowMs; heardMs += TICK_MS)
      lpDb = detector.next(sound.levelAt(heardMs), 0).lpDb + recording.weightingOffsetDb;
    row += 1;
    return lpRow(row, rowMs + recording.naiveOffsetMs, lpDb);
  };
}

function lpRow(address: number, naiveMs: number, lpDb: number | null): string {
  const start = `${clockText(naiveMs)}.${String(Math.floor((naiveMs % 1000) / 100))}`;
  return `${String(address).padStart(8)},${start},${levelField(lpDb)},0,0,\r\n`;
}

function leqParts(recording: Recording, intervalMs: number, sound: LevelSource, doneMs: number): CardFile[] {
  // A finished measurement keeps its last, shorter interval; a running one shows whole intervals only.
  const running = recording.spans.at(-1)?.toMs === null;
  const rows = running ? Math.floor(doneMs / intervalMs) : Math.ceil(doneMs / intervalMs);
  return parts(rows, LEQ_FILE_ROWS).map(({ part, firstRow, count }) =>
    leqFile(
      recording,
      intervalMs,
      sound,
      `${filePrefix(recording)}Leq_${recording.storeName}_${part}.rnd`,
      firstRow,
      count,
      doneMs,
    ),
  );
}

function leqFile(
  recording: Recording,
  intervalMs: number,
  sound: LevelSource,
  name: string,
  firstRow: number,
  rows: number,
  doneMs = intervalMs,
): CardFile {
  const endMs = instantAt(recording, Math.min(doneMs, (firstRow + rows) * intervalMs) - TICK_MS) + TICK_MS;
  return rowFile({
    name,
    modifiedNaiveMs: endMs + recording.naiveOffsetMs,
    header: LEQ_HEADER,
    rowBytes: leqRow(recording, 0, 0, 0, new Cumulative()).length,
    rows,
    rowsFrom: (row) => leqRows(recording, intervalMs, sound, firstRow + row, doneMs),
  });
}

function leqRows(recording: Recording, intervalMs: number, sound: LevelSource, firstRow: number, doneMs: number): () => string {
  const detector = new Detector(recording.weighting);
  let row = firstRow;
  const firstMs = instantAt(recording, row * intervalMs);
  for (let atMs = firstMs - SETTLE_MS; atMs < firstMs; atMs += TICK_MS)
    detector.next(sound.levelAt(atMs), Math.round(atMs / TICK_MS));
  return () => {
    const results = new Cumulative();
    const untilMs = Math.min(doneMs, (row + 1) * intervalMs);
    for (let offsetMs = row * intervalMs; offsetMs < untilMs; offsetMs += TICK_MS) {
      const atMs = instantAt(recording, offsetMs);
      results.add(detector.next(sound.levelAt(atMs), Math.round(atMs / TICK_MS)));
    }
    const startMs = instantAt(recording, row * intervalMs);
    row += 1;
    return leqRow(recording, row, startMs + recording.naiveOffsetMs, results.seconds * 1000, results);
  };
}

function leqRow(recording: Recording, address: number, naiveMs: number, lengthMs: number, results: Cumulative): string {
  const levels = [results.leqDb, results.leDb, results.lmaxDb, results.lminDb]
    .concat(recording.percentiles.map((percent) => results.exceeded(percent)))
    .concat([results.lpeakDb])
    .map((levelDb) => levelField(levelDb === null ? null : levelDb + recording.weightingOffsetDb));
  return `${String(address).padStart(8)},${clockText(naiveMs)},${lengthText(lengthMs)},${levels.join(',')},0,0,\r\n`;
}

/** The `.rnh` of an Auto measurement: settings as lines `name,value`. */
function headerFile(recording: Recording): CardFile {
  const firstMs = recording.spans[0]?.fromMs ?? 0;
  const header = [
    'CSV',
    `Index Number,${recording.index}`,
    `Store Name,${recording.storeName}`,
    `Start Time,${clockText(firstMs + recording.naiveOffsetMs)}`,
    `Time Weighting (Main),${recording.weighting}`,
    ...recording.percentiles.map((percent, index) => `Percentile ${index + 1},${percent}`),
    '',
  ].join('\r\n');
  const name = `${filePrefix(recording)}SET_${recording.storeName}.rnh`;
  return rowFile({
    name,
    modifiedNaiveMs: firstMs + recording.naiveOffsetMs,
    header,
    rowBytes: 1,
    rows: 0,
    rowsFrom: () => () => '',
  });
}

function filePrefix(recording: Recording): string {
  return `NL_${recording.index}_SLM_`;
}

function parts(rows: number, rowsPerFile: number): { part: string; firstRow: number; count: number }[] {
  return Array.from({ length: Math.ceil(rows / rowsPerFile) }, (_, index) => ({
    part: String(index + 1).padStart(4, '0'),
    firstRow: index * rowsPerFile,
    count: Math.min(rowsPerFile, rows - index * rowsPerFile),
  }));
}

function clockText(naiveMs: number): string {
  return formatMeterClock(meterClockFromNaiveMs(naiveMs));
}

/** `000d 00:15:00.0` */
function lengthText(lengthMs: number): string {
  const tenths = Math.round(lengthMs / 100);
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.floor(tenths / 10);
  const days = String(Math.floor(seconds / 86_400)).padStart(3, '0');
  return `${days}d ${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${tenths % 10}`;
}
