import { expect, it } from 'vitest';
import { expectOrder, type MeterBench, meterBench } from './meter-bench.ts';

const drdFrames = (bench: MeterBench) => bench.frames.filter((frame) => frame.src === 'drd');

async function streamBench(params: Record<string, unknown> | null, streamDodEveryMs = 60_000): Promise<MeterBench> {
  return meterBench({
    wanted: { acquisition: 'drd' },
    streamDodEveryMs,
    before: (meter) => {
      meter.holdLevel(65);
      if (params !== null) meter.setFault('F9', params);
    },
  });
}

it('F9: a sound stream makes one frame a second with its exact interval, DOD between, and the state says drd', async () => {
  const bench = await streamBench(null, 3000);
  await bench.until('eight seconds of ticks', () => drdFrames(bench).filter((frame) => frame.interval?.ticks === 10).length >= 8);
  expect(bench.frames.filter((frame) => frame.src === 'dod').length).toBeGreaterThanOrEqual(2);
  const whole = drdFrames(bench).filter((frame) => frame.interval?.ticks === 10);
  for (const frame of whole) expect(frame.interval).toMatchObject({ s: 1, basis: 'drd', ticks: 10, missing: 0 });
  expect(whole.at(-1)?.interval?.leq).toBeCloseTo(65, 0);
  // Cumulative values are carried on, LN are those of the last DOD.
  expect(whole.at(-1)?.le).toEqual(expect.any(Number));
  expect(bench.states.at(-1)?.acquisition).toBe('drd');
  expect(bench.ticks).toEqual([]);
  expectOrder(bench);
});

it('F9: dropped ticks are counted as missing, and the level stays', async () => {
  const bench = await streamBench({ mode: 'drop', every: 7 });
  await bench.until('five seconds', () => drdFrames(bench).length >= 5);
  const missing = drdFrames(bench).reduce((sum, frame) => sum + (frame.interval?.missing ?? 0), 0);
  expect(missing).toBeGreaterThanOrEqual(4);
  for (const { interval } of drdFrames(bench).slice(1))
    expect((interval?.ticks ?? 0) + (interval?.missing ?? 0)).toBeCloseTo((interval?.s ?? 0) * 10, 6);
  expect(drdFrames(bench).at(-1)?.interval?.leq).toBeCloseTo(65, 0);
});

it('F9: repeated ticks count once', async () => {
  const bench = await streamBench({ mode: 'repeat', every: 3 });
  await bench.until('five seconds', () => drdFrames(bench).length >= 5);
  for (const { interval } of drdFrames(bench)) expect(interval?.ticks).toBeLessThanOrEqual(10);
  expect(
    drdFrames(bench)
      .slice(1)
      .every(({ interval }) => interval?.missing === 0),
  ).toBe(true);
});

it('F9: the counter wraps from 600 to 1 without a gap', async () => {
  const bench = await streamBench({ mode: 'wrap' });
  await bench.until('four seconds', () => drdFrames(bench).length >= 4);
  expect(drdFrames(bench)[0]?.interval).toMatchObject({ ticks: 3, s: 0.3, missing: 0 });
  expect(drdFrames(bench).every(({ interval }) => interval?.missing === 0)).toBe(true);
});

it('F9: a garbled tick is missing, not guessed', async () => {
  const bench = await streamBench({ mode: 'garble', every: 5 });
  await bench.until('five seconds', () => drdFrames(bench).length >= 5);
  expect(drdFrames(bench).reduce((sum, frame) => sum + (frame.interval?.missing ?? 0), 0)).toBeGreaterThanOrEqual(6);
  expect(bench.garbled()).toBeGreaterThanOrEqual(6);
  expect(drdFrames(bench).at(-1)?.interval?.leq).toBeCloseTo(65, 0);
});

it('F9: a stream that stalls is stopped with SUB, and DOD and stream go on over the same connection', async () => {
  const bench = await streamBench(null);
  await bench.until('ticks', () => drdFrames(bench).length >= 2);
  bench.meter.setFault('F9', { mode: 'stall', stallMs: 30_000 });
  await bench.until(
    'the silence noticed',
    () => (bench.states.at(-1)?.failures ?? 0) > 0 || bench.meter.report.commands['DRD?'] === 2,
  );
  bench.meter.clearFault('F9');
  const before = drdFrames(bench).length;
  await bench.until('ticks again', () => drdFrames(bench).length >= before + 3);
  expect(bench.meter.report.connections.total).toBe(1);
  expectOrder(bench);
});

it('F9: lines after SUB are drained before the next command', async () => {
  const bench = await streamBench({ mode: 'extra', lines: 3 });
  await bench.until('ticks', () => drdFrames(bench).length >= 2);
  expect(await bench.run('battery-get')).toMatchObject({ ok: true, result: { battery: 'Full' } });
  const before = drdFrames(bench).length;
  await bench.until('ticks again', () => drdFrames(bench).length >= before + 2);
  expect(bench.garbled()).toBe(0);
  expect(bench.meter.report.connections.total).toBe(1);
  expectOrder(bench);
});

it('F9: a line cut by a disconnect is no tick, and the slot is left alone for a while before the next connection', async () => {
  const bench = await streamBench({ mode: 'cut', lines: 15 });
  await bench.until('ticks', () => drdFrames(bench).length >= 1);
  await bench.until('a loss', () => bench.meter.report.connections.now === 0);
  const lostAtMs = Date.now();
  bench.meter.clearFault('F9');
  await bench.until('a new connection', () => bench.meter.report.connections.total >= 2);
  expect(Date.now() - lostAtMs).toBeGreaterThanOrEqual(1100);
  const before = drdFrames(bench).length;
  await bench.until('ticks again', () => drdFrames(bench).length >= before + 2);
  expectOrder(bench);
});

it('F9: on demand the raw ticks run while somebody wants them, then DOD alone again', async () => {
  const bench = await meterBench();
  await bench.moreFrames(2);
  expect(bench.ticks).toEqual([]);
  bench.units.demand({ 'NL43-01': { watched: true, stream: true, send_above: null } });
  await bench.until('ticks', () => bench.ticks.length >= 15);
  expect(bench.ticks[0]).toMatchObject({ counter: expect.any(Number), lp: expect.any(Number), at: expect.any(String) });
  expect(bench.meter.report.commands['DRD?']).toBe(1);
  bench.units.demand({});
  await bench.until('dod again', () => bench.states.at(-1)?.acquisition === 'dod' && bench.frames.at(-1)?.src === 'dod');
  const ticks = bench.ticks.length;
  await bench.moreFrames(4);
  expect(bench.ticks.length).toBe(ticks);
  expectOrder(bench);
});

it('F9: a stream is stopped with SUB before the slot is given away', async () => {
  const bench = await streamBench(null);
  await bench.until('ticks', () => drdFrames(bench).length >= 2);
  await bench.units.close();
  const lines = bench.meter.report.streamedLines;
  await new Promise((done) => setTimeout(done, 300));
  expect(bench.meter.report.streamedLines).toBe(lines);
  expect(bench.meter.report.connections.now).toBe(0);
});
