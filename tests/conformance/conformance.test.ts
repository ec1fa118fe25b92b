import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADMIN_TOKEN, startConformanceStack } from './stack.ts';
import { type Golden, numberOf, readGoldens } from './golden.ts';
import { readKnownDifferences } from './known-differences.ts';
import { replay, type Result, tableOf } from './replay.ts';

const GOLDENS = process.env['SLMM_CI_GOLDENS'] ?? fileURLToPath(new URL('../../../shared/goldens', import.meta.url));
const isMissing = !existsSync(GOLDENS);
if (isMissing)
  console.warn('The recorded answers of SLMM 0.4.0 are not replayed: their folder is absent (name it in SLMM_CI_GOLDENS).');

/** The fresh hub of the last cases, whose meter has never measured. */
const SECOND_DATABASE = 338;

describe.skipIf(isMissing)('a hub with a real edge and simulated meters', () => {
  it('answers as SLMM 0.4.0 did, but for what docs/terra-view.md says', { timeout: 1_500_000 }, async () => {
    const stack = await startConformanceStack();
    onTestFinished(() => stack.close());
    const target = {
      url: stack.url,
      token: ADMIN_TOKEN,
      ports: stack.ports,
      known: readKnownDifferences(),
      prepare: (golden: Golden) => stack.prepare(golden),
    };
    const results: Result[] = [];
    for (const golden of readGoldens(GOLDENS)) {
      if (numberOf(golden) >= SECOND_DATABASE) continue;
      results.push(await replay(golden, target));
    }
    console.log(tableOf(results, false));
    expect(results.filter(({ verdict }) => verdict === 'fail').map(({ golden, details }) => [golden.id, ...details])).toEqual([]);
  });
});
