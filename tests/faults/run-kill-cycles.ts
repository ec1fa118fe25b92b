/** `pnpm faults --seeds N --cycles M [--first SEED]`: long rounds of kill-cycles.ts; the exit code says whether all was well. */
import { killCycles } from './kill-cycles.ts';

const words = process.argv.slice(2).filter((word) => word !== '--');
const number = (flag: string, preset: number): number => {
  const place = words.indexOf(flag);
  return place < 0 ? preset : Number(words[place + 1]);
};
const [seeds, cycles, first] = [number('--seeds', 1), number('--cycles', 20), number('--first', 1)];
let failed = 0;
for (let seed = first; seed < first + seeds; seed += 1) {
  const report = await killCycles(seed, cycles, (line) => console.log(`seed ${seed}, ${line}`));
  console.log(
    `seed ${seed}: ${cycles} cycles, ${report.frames} frames, ${report.wrong.length === 0 ? 'all in the history, once each' : report.wrong.join('; ')}`,
  );
  if (report.wrong.length > 0) failed += 1;
}
console.log(
  failed === 0
    ? `all ${seeds} rounds are well`
    : `${failed} of ${seeds} rounds failed; replay one with --first SEED --seeds 1 --cycles ${cycles}`,
);
process.exitCode = failed === 0 ? 0 : 1;
