import { createLogger, FakeClock } from '@slmm/shared';
import { expect, it } from 'vitest';
import { exampleFleet } from '../adapters/memory/example-fleet.ts';
import { MemoryUnitLogStore } from '../adapters/memory/memory-unit-log-store.ts';
import { UnitLog } from './unit-log.ts';

it('says how many lines it left out while the store was slow, and goes on', async () => {
  const fleet = await exampleFleet('U1');
  const said: string[] = [];
  let answer = (): void => undefined;
  const slow = new Promise<void>((resolve) => (answer = resolve));
  const store = new MemoryUnitLogStore();
  const append = store.append.bind(store);
  store.append = async (lines) => {
    await slow;
    await append(lines);
  };
  const log = createLogger('test', 'warn', { write: (line) => void said.push(line) });
  const unitLog = new UnitLog({ fleet, store, clock: new FakeClock(), log });
  const tell = (text: string): void => fleet.tellEvent('U1', { id: 'e', kind: 'overload', at: '2026-11-23T06:00:00.000Z', text });
  tell('the first');
  await Promise.resolve();
  for (let count = 0; count < 2_010; count += 1) tell('a flood');
  answer();
  await unitLog.close();
  expect((await store.stats('U1')).total).toBe(2_001);
  expect(JSON.parse(said[0] ?? '')).toMatchObject({ leftOut: 10 });
});
