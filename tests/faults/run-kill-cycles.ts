/** `pnpm faults --seeds N --cycles M [--first SEED] [--broker mosquitto] [--database postgresql]`: long rounds of kill-cycles.ts; the exit code says whether all was well. */
import { killCycles } from './kill-cycles.ts';
import type { Cast } from './stage.ts';

const words = process.argv.slice(2).filter((word) => word !== '--');
const after = (flag: string): string | undefined => {
  const place = words.indexOf(flag);
  return place < 0 ? undefined : words[place + 1];
};
const number = (flag: string, preset: number): number => Number(after(flag) ?? preset);
const [seeds, cycles, first] = [number('--seeds', 1), number('--cycles', 20), number('--first', 1)];
const cast: Cast = {
  broker: after('--broker') === 'mosquitto' ? 'mosquitto' : 'embedded',
  database: after('--database') === 'postgresql' ? 'postgresql' : 'sqlite',
};
let failed = 0;
let [allFrames, allCycles] = [0, 0];
for (let seed = first; seed < first + seeds; seed += 1) {
  const report = await killCycles(seed, cycles, cast, (line) => console.log(`seed ${seed}, ${line}`));
  const mishaps = Object.entries(report.mishaps)
    .map(([kind, times]) => `${times} ${kind}`)
    .join(', ');
  console.log(
    `seed ${seed}, ${cast.broker} broker, ${cast.database}: ${cycles} cycles (${mishaps}), ${report.frames} frames, ${report.acknowledgements} acknowledgements heard: ${
      report.wrong.length === 0
        ? 'all that the journal holds is in the history, once each, and nothing else'
        : report.wrong.join('; ')
    }`,
  );
  if (report.wrong.length > 0) failed += 1;
  allFrames += report.frames;
  allCycles += cycles;
}
console.log(
  failed === 0
    ? `all ${seeds} rounds are well: ${allCycles} cycles, ${allFrames} frames`
    : `${failed} of ${seeds} rounds failed; replay one with --first SEED --seeds 1 --cycles ${cycles} --broker ${cast.broker} --database ${cast.database}`,
);
process.exitCode = failed === 0 ? 0 : 1;
