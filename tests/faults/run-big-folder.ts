/** `pnpm big-folder --mb 200 [--break-every-s 4] [--kb-per-s N] [--seed N]`: big-folder.ts at full size; the exit code says whether all was well. */
import { bringFolder } from './big-folder.ts';

const words = process.argv.slice(2).filter((word) => word !== '--');
const number = (flag: string, preset: number): number => {
  const place = words.indexOf(flag);
  return place < 0 ? preset : Number(words[place + 1]);
};
const kbPerS = number('--kb-per-s', 0);
const result = await bringFolder({
  waveMb: number('--mb', 200),
  breakEveryMs: number('--break-every-s', 4) * 1000,
  bytesPerS: kbPerS === 0 ? null : kbPerS * 1000,
  seed: number('--seed', 1),
  say: (line) => console.log(line),
});
const { wrong, ...figures } = result;
console.log(JSON.stringify(figures, null, 2));
console.log(wrong.length === 0 ? 'the folder came byte for byte, and no frame was lost' : wrong.join('\n'));
process.exitCode = wrong.length === 0 ? 0 : 1;
