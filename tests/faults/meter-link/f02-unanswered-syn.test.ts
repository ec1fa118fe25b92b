import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { expectOrder, meterBench } from './meter-bench.ts';

it('F2: connection attempts without an answer are a timeout from the third on, and frames come when it ends', async () => {
  const bench = await meterBench({ before: (meter) => meter.setFault('F2', {}) });
  await bench.until('unreachable', () => bench.states.at(-1)?.reachable === false);
  expect(bench.states.at(-1)).toMatchObject({ link: 'timeout', failures: 3, last_ok: null });
  expect(bench.frames).toEqual([]);
  bench.meter.clearFault('F2');
  await bench.moreFrames(3);
  expect(bench.link()).toBe('ok');
  expectOrder(bench);
});

it('F2: a slot that another program holds is told from a meter that is gone, and taken when that program has left', async () => {
  const bench = await meterBench({ wanted: { enabled: false } });
  const other = connect(bench.meter.port, '127.0.0.1');
  onTestFinished(() => void other.destroy());
  await once(other, 'connect');
  await bench.until('taken', () => bench.meter.report.connections.now === 1);
  bench.units.apply([bench.wanted, { ...bench.wanted, enabled: true }].slice(1));
  await bench.until('told', () => bench.states.at(-1)?.cause === 'slot-held');
  expect(bench.states.at(-1)).toMatchObject({ link: 'timeout', reachable: false });
  expect(bench.states.at(-1)?.reason).toContain('Another program holds its only connection');
  expect(bench.meter.report.connections).toMatchObject({ total: 1, most: 1 });
  other.end();
  await bench.moreFrames(2);
  expect(bench.states.at(-1)).toMatchObject({ link: 'ok', cause: null });
  expect(bench.events.map((event) => event.kind).filter((kind) => kind.startsWith('wedge'))).toEqual([]);
});
