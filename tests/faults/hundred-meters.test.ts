import { createUnits, type FrameDraft, openTcpMeterLink, probeTcpPort } from '@slmm/edge-agent';
import type { DesiredUnit } from '@slmm/protocol';
import { createLogger, systemClock } from '@slmm/shared';
import { startSimulator } from '@slmm/simulator';
import { expect, it, onTestFinished } from 'vitest';

const METERS = 100;
const WATCH_MS = 25_000;
/** The meter's second, its answer and its prompt, and what two busy cores add. */
const CYCLE_MS = 1010 + 60;

it('a hundred meters on one edge are each polled at their full rate, one connection each, never within a second of an answer', async () => {
  const simulator = await startSimulator({ count: METERS });
  const frames = new Map<string, FrameDraft[]>();
  const units = createUnits({
    clock: systemClock,
    random: Math.random,
    log: createLogger('test', 'silent'),
    openLink: openTcpMeterLink,
    probePort: probeTcpPort,
    outlet: {
      frame: (draft) => {
        const known = frames.get(draft.unit);
        if (known === undefined) frames.set(draft.unit, [draft]);
        else known.push(draft);
      },
      unitState: () => undefined,
      unitInfo: () => undefined,
      unitEvent: () => undefined,
      tick: () => undefined,
    },
    edge: 'test',
    boot: 'boot-1',
  });
  onTestFinished(async () => {
    await units.close();
    await simulator.close();
  });
  const applied = units.apply(
    simulator.meters.map((meter): DesiredUnit => ({
      unit: meter.name,
      host: '127.0.0.1',
      port: meter.port,
      enabled: true,
      acquisition: 'dod',
      poll_interval_s: 0,
      ftp: null,
    })),
  );
  expect(Object.values(applied).every((one) => one.ok)).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));

  const figures = units.health();
  for (const meter of simulator.meters) {
    const { report } = meter;
    const commands = Object.values(report.commands).reduce((sum, count) => sum + count, 0);
    const own = frames.get(meter.name) ?? [];
    const worstGapMs = Math.max(...own.slice(1).map((frame, index) => Date.parse(frame.at) - Date.parse(own[index]?.at ?? '')));
    expect.soft(report.connections, meter.name).toMatchObject({ most: 1, total: 1, turnedAway: 0 });
    expect.soft(report.leastGapMs, meter.name).toBeGreaterThanOrEqual(1000);
    expect.soft(commands, meter.name).toBeGreaterThanOrEqual(Math.floor((WATCH_MS / CYCLE_MS) * 0.95));
    // One rare question in five while everything is read for the first time: it costs one second and never two.
    expect.soft(own.length, meter.name).toBeGreaterThanOrEqual(Math.floor((commands - 2) * 0.79));
    expect.soft(worstGapMs, meter.name).toBeLessThan(2 * CYCLE_MS + 500);
    expect.soft(figures[meter.name], meter.name).toMatchObject({ failures: 0, garbled: 0 });
  }
});
