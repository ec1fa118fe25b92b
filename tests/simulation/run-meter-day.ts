/** `pnpm meter-day --hours H --meters M --seeds N [--first SEED]`: long rounds of meter-day.ts; the exit code says whether all was well. */
import { liveThroughDay } from './meter-day.ts';

const words = process.argv.slice(2).filter((word) => word !== '--');
const number = (flag: string, preset: number): number => {
  const place = words.indexOf(flag);
  return place < 0 ? preset : Number(words[place + 1]);
};
const [hours, meters, seeds, first] = [number('--hours', 24), number('--meters', 8), number('--seeds', 1), number('--first', 1)];
let failed = 0;
for (let seed = first; seed < first + seeds; seed += 1) {
  const { breaches, figures } = await liveThroughDay({ seed, hours, meters });
  console.log(`seed ${seed}: ${hours} h of ${meters} meters: ${JSON.stringify(figures)}`);
  for (const breach of breaches.slice(0, 20)) console.log(`  NOT well: ${breach}`);
  if (breaches.length > 20) console.log(`  and ${breaches.length - 20} more`);
  if (breaches.length > 0) failed += 1;
}
console.log(failed === 0 ? `all ${seeds} rounds are well` : `${failed} of ${seeds} rounds failed`);
process.exitCode = failed === 0 ? 0 : 1;
