import { expect, it } from 'vitest';
import { killCycles } from './kill-cycles.ts';

it('leaves the history as the journal numbered it, whoever is killed and whatever befalls the link (a short round; pnpm faults for long ones)', async () => {
  const report = await killCycles(1, 6);
  expect(report.wrong).toEqual([]);
  expect(report.frames).toBeGreaterThan(500);
});
