/** The whole card at one instant: the meter's own folders and what else lies on a card that was in a camera before. */
import type { LevelSource } from '../levels/level-source.ts';
import { type CardEntry, type CardFolder, folder } from './card-entry.ts';
import { autoFolder, manualFolder } from './measurement-files.ts';
import { type Recording, tickStart } from './recording.ts';
import { patternFile } from './row-file.ts';

const DAY_MS = 86_400_000;
const WAVE_FILE_MB = 25;
const EARLIER_LENGTH_MS = 600_000;

/** Everything on the card as of `nowMs`; files of a running measurement have the size they have by then. */
export function cardAt(
  recordings: readonly Recording[],
  sound: LevelSource,
  nowMs: number,
  naiveOffsetMs: number,
  waveMb = 0,
): CardFolder {
  const bornMs = Date.UTC(2026, 0, 14, 9, 15, 2);
  const own = recordings.map((recording) =>
    recording.mode === 'Auto' ? autoFolder(recording, sound, nowMs) : manualFolder(recording, sound, nowMs),
  );
  return folder('', bornMs, [
    folder('DCIM', bornMs, [
      folder('100_TRIP', bornMs, [patternFile('IMG_0412.JPG', bornMs, 51_233, '\u00ff\u00d8\u00ff\u00e0')]),
    ]),
    folder('NL-43', nowMs + naiveOffsetMs, [
      ...withWaves(own, waveMb).sort((a, b) => a.name.localeCompare(b.name)),
      folder('Screenshot', bornMs, [patternFile('0001_20260114_091502.bmp', bornMs, 115_254, 'BM')]),
    ]),
    folder('System Volume Information', bornMs, []),
    patternFile('notes from site.txt', bornMs, 87, 'Mast 4 m, microphone to the road. Key is with the caretaker.'),
  ]);
}

/** Wave recordings lie in the oldest folder, in files of a size that a meter makes of some minutes. */
function withWaves(own: readonly CardEntry[], waveMb: number): CardEntry[] {
  const [oldest, ...others] = own;
  if (oldest?.kind !== 'folder' || waveMb === 0) return [...own];
  const files = Array.from({ length: Math.ceil(waveMb / WAVE_FILE_MB) }, (_, index) => {
    const sizeMb = Math.min(WAVE_FILE_MB, waveMb - index * WAVE_FILE_MB);
    const name = `NL_0001_SLM_WAV_${oldest.name.slice(-4)}_${String(index + 1).padStart(4, '0')}.wav`;
    return patternFile(name, oldest.modifiedNaiveMs, sizeMb * 1_048_576, 'RIFF');
  });
  return [
    folder(oldest.name, oldest.modifiedNaiveMs, [...oldest.entries, folder('SOUND', oldest.modifiedNaiveMs, files)]),
    ...others,
  ];
}

/** Two measurements of ten minutes that were on the card before: `Auto_0000` and `Auto_0001`, of the days before. */
export function earlierRecordings(nowMs: number, naiveOffsetMs: number): Recording[] {
  return [2, 1].map((daysAgo, index) => {
    const fromMs = tickStart(nowMs - daysAgo * DAY_MS);
    return {
      mode: 'Auto',
      storeName: String(index).padStart(4, '0'),
      index: '0001',
      spans: [{ fromMs, toMs: fromMs + EARLIER_LENGTH_MS }],
      lpIntervalMs: 100,
      leqIntervalMs: 60_000,
      weighting: 'F',
      percentiles: [5, 10, 50, 90, 95],
      weightingOffsetDb: 0,
      naiveOffsetMs,
    };
  });
}
