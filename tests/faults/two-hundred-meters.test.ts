import { createUnits, type FrameDraft, openTcpMeterLink, probeTcpPort } from '@slmm/edge-agent';
import type { DesiredUnit } from '@slmm/protocol';
import { createLogger, systemClock } from '@slmm/shared';
import { startSimulator } from '@slmm/simulator';
import { expect, it, onTestFinished } from 'vitest';

const METERS = 200;
/** Everything about each meter has been read by then, which takes every other question. */
const SETTLE_MS = 75_000;
const WATCH_MS = 15_000;

it('two hundred meters on one edge are each polled at their full rate, one connection each, never within a second of an answer', async () => {
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
  const commandsOf = (report: { readonly commands: Readonly<Record<string, number>> }): number =>
    Object.values(report.commands).reduce((sum, count) => sum + count, 0);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const before = new Map(
    simulator.meters.map(({ name, report }) => [name, { commands: commandsOf(report), frames: frames.get(name)?.length ?? 0 }]),
  );
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));

  const figures = units.health();
  const since = (name: string, commands: number, count: number) => ({
    commands: commands - (before.get(name)?.commands ?? 0),
    frames: count - (before.get(name)?.frames ?? 0),
  });
  // How many a second allows depends on the machine; that no meter waits for another shows in all of them getting the same.
  const usual =
    simulator.meters.map(({ name, report }) => since(name, commandsOf(report), 0).commands).sort((a, b) => a - b)[METERS / 2] ??
    0;
  for (const meter of simulator.meters) {
    const { report } = meter;
    const own = frames.get(meter.name) ?? [];
    const seen = since(meter.name, commandsOf(report), own.length);
    expect.soft(report.connections, meter.name).toMatchObject({ most: 1, total: 1, turnedAway: 0 });
    expect.soft(report.leastGapMs, meter.name).toBeGreaterThanOrEqual(1000);
    expect.soft(seen.commands, meter.name).toBeGreaterThanOrEqual(Math.floor(usual * 0.85) - 1);
    // One rare question in ten, at most: it costs one second and never two.
    expect.soft(seen.frames, meter.name).toBeGreaterThanOrEqual(Math.floor(seen.commands * 0.85) - 1);
    // By now every frame says under which settings it was measured.
    expect.soft(own.at(-1)?.settings, meter.name).toMatch(/^[0-9a-f]{8}$/);
    expect.soft(figures[meter.name], meter.name).toMatchObject({ failures: 0, garbled: 0 });
  }
});
