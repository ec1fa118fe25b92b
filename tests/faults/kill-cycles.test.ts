import { expect, it } from 'vitest';
import { findMosquitto } from '../servers/mosquitto.ts';
import { killCycles } from './kill-cycles.ts';

const mosquitto = findMosquitto();
const ROUND = 'leaves the history as the journal numbered it, whoever is killed and whatever befalls the links';

// Short rounds with one seed each; `pnpm faults` plays long ones.
it(`${ROUND}, with the embedded broker`, async () => {
  const report = await killCycles(1, 6);
  expect(report.wrong).toEqual([]);
  expect(report.frames).toBeGreaterThan(500);
  expect(report.acknowledgements).toBeGreaterThan(0);
});

it.skipIf(mosquitto === null)(`${ROUND}, with mosquitto among the killed`, async () => {
  const report = await killCycles(2, 6, { broker: 'mosquitto', database: 'sqlite' });
  expect(report.wrong).toEqual([]);
  expect(report.mishaps).toHaveProperty('kill broker');
  expect(report.frames).toBeGreaterThan(500);
});
