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

/** From here on the recording had another database and meters that had never measured. */
const SECOND = 338;

describe.skipIf(isMissing)('a hub with a real edge and simulated meters', () => {
  it('answers as SLMM 0.4.0 did, but for what docs/terra-view.md says', { timeout: 1_500_000 }, async () => {
    const goldens = readGoldens(GOLDENS);
    const [first, second] = [goldens.filter((one) => numberOf(one) < SECOND), goldens.filter((one) => numberOf(one) >= SECOND)];
    const results = [...(await replayAll(first, true)), ...(await replayAll(second, false))];
    console.log(tableOf(results, false));
    expect(results.filter(({ verdict }) => verdict === 'fail').map(({ golden, details }) => [golden.id, ...details])).toEqual([]);
    expect(results.filter(({ verdict }) => verdict === 'skipped').map(({ golden }) => golden.id)).toEqual([]);
  });
});

async function replayAll(goldens: readonly Golden[], measuring: boolean): Promise<readonly Result[]> {
  const stack = await startConformanceStack(measuring);
  onTestFinished(() => stack.close());
  const { url, ports, bench } = stack;
  const target = { url, token: ADMIN_TOKEN, ports, bench, known: readKnownDifferences() };
  const results: Result[] = [];
  for (const golden of goldens) results.push(await replay(golden, target));
  return results;
}
