import { createUnits, type FrameDraft, openTcpMeterLink, probeTcpPort } from '@slmm/edge-agent';
import type { DesiredUnit } from '@slmm/protocol';
import { createLogger, systemClock } from '@slmm/shared';
import { startSimulator } from '@slmm/simulator';
import { expect, it, onTestFinished } from 'vitest';

const METERS = 100;
const WATCH_MS = 25_000;

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
      standBack: () => undefined,
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
  const commandsOf = (report: { readonly commands: Readonly<Record<string, number>> }): number =>
    Object.values(report.commands).reduce((sum, count) => sum + count, 0);
  // How many a second allows depends on the machine; that no meter waits for another shows in all of them getting the same.
  const usual = simulator.meters.map((meter) => commandsOf(meter.report)).sort((a, b) => a - b)[METERS / 2] ?? 0;
  for (const meter of simulator.meters) {
    const { report } = meter;
    const commands = commandsOf(report);
    const own = frames.get(meter.name) ?? [];
    expect.soft(report.connections, meter.name).toMatchObject({ most: 1, total: 1, turnedAway: 0 });
    expect.soft(report.leastGapMs, meter.name).toBeGreaterThanOrEqual(1000);
    expect.soft(commands, meter.name).toBeGreaterThanOrEqual(Math.floor(usual * 0.9));
    // One rare question in three while what a frame needs is read for the first time: it costs one second and never two.
    expect.soft(own.length, meter.name).toBeGreaterThanOrEqual(Math.floor(((commands - 2) * 2) / 3));
    expect.soft(figures[meter.name], meter.name).toMatchObject({ failures: 0, garbled: 0 });
  }
});
