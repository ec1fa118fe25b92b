/**
 * What a meter without any fault comes to, asked at full rate and streamed: how soon everything about it is known, how many frames it gives, and for how much of the
 * time a level is known, and known exactly. docs/meters.md has these figures.
 */
import { createUnits, type FrameDraft, type Outlet, type Units } from '@slmm/edge-agent';
import type { UnitInfo, UnitState } from '@slmm/protocol';
import { createLogger, FakeClock } from '@slmm/shared';
import { MemoryNetwork, type NetworkedMeter, startSimulator } from '@slmm/simulator';
import { describe, expect, it, onTestFinished } from 'vitest';

const HOUR_S = 3600;

interface Stand {
  readonly meter: NetworkedMeter;
  readonly frames: FrameDraft[];
  readonly info: () => UnitInfo | null;
  readonly state: () => UnitState | null;
  readonly pass: (seconds: number) => Promise<void>;
}

async function stand(acquisition: 'dod' | 'drd'): Promise<Stand> {
  const clock = new FakeClock(Date.UTC(2026, 10, 23));
  const network = new MemoryNetwork(clock);
  const simulator = await startSimulator({ count: 1, clock, network, latencyMs: 40 });
  const meter = simulator.meter('NL43-01');
  const frames: FrameDraft[] = [];
  let [info, state]: [UnitInfo | null, UnitState | null] = [null, null];
  const outlet: Outlet = {
    frame: (draft) => void frames.push(draft),
    unitState: (_unit, told) => void (state = told),
    unitInfo: (_unit, told) => void (info = told),
    standBack: () => undefined,
    unitEvent: () => undefined,
    tick: () => undefined,
  };
  const units: Units = createUnits({
    clock,
    random: () => 0.5,
    log: createLogger('test', 'silent'),
    openLink: ({ port }, events) => network.connect(port, events),
    probePort: ({ port }) => Promise.resolve(network.look(port)),
    outlet,
    edge: 'hour',
    boot: 'boot-1',
  });
  onTestFinished(() => void units.close());
  units.apply([{ unit: meter.name, host: 'meter', port: meter.port, enabled: true, acquisition, poll_interval_s: 0, ftp: null }]);
  return {
    meter,
    frames,
    info: () => info,
    state: () => state,
    pass: async (seconds) => {
      const endMs = clock.monotonicMs() + seconds * 1000;
      for (let dueMs = clock.nextDueMs(); dueMs !== null && dueMs <= endMs; dueMs = clock.nextDueMs()) {
        clock.advance(Math.max(0, dueMs - clock.monotonicMs()));
        for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
      }
      clock.advance(endMs - clock.monotonicMs());
    },
  };
}

/** The second hour: what is asked once is over. */
async function secondHour(acquisition: 'dod' | 'drd') {
  const { meter, frames, pass, state } = await stand(acquisition);
  await pass(HOUR_S);
  const since = state()?.run_since ?? null;
  expect(since).not.toBeNull();
  frames.length = 0;
  const before = { ...meter.report.commands };
  await pass(HOUR_S);
  const sum = (of: (draft: FrameDraft) => number): number => frames.reduce((total, draft) => total + of(draft), 0);
  // Sixty streams were opened and closed meanwhile, and it is the same measurement.
  expect(state()?.run_since).toBe(since);
  expect(meter.report.leastGapMs).toBeGreaterThanOrEqual(1000);
  expect(meter.report.connections).toMatchObject({ total: 1, most: 1 });
  return {
    framesPerS: frames.length / HOUR_S,
    /** Shares of the time. */
    known: sum(({ interval }) => interval?.s ?? 0) / HOUR_S,
    exact: sum(({ interval }) => (interval?.basis === 'drd' ? interval.ticks / 10 : 0)) / HOUR_S,
    /** The hub takes more than three seconds for a gap. */
    longestStepMs: frames.reduce(
      (most, { at }, index) => Math.max(most, index === 0 ? 0 : Date.parse(at) - Date.parse(frames[index - 1]?.at ?? at)),
      0,
    ),
    missingTicks: sum(({ interval }) => interval?.missing ?? 0),
    asked: (command: string): number => (meter.report.commands[command] ?? 0) - (before[command] ?? 0),
  };
}

describe('a meter without any fault', () => {
  it.each(['dod', 'drd'] as const)(
    'is known with all its settings some seventy seconds after the first connection (%s)',
    async (acquisition) => {
      const { frames, info, meter, pass, state } = await stand(acquisition);
      await pass(70);
      expect(info()).toMatchObject({
        model: expect.any(String),
        serial: expect.any(String),
        firmware: expect.any(String),
        percentiles: [5, 10, 50, 90, 95],
        settings: expect.stringMatching(/^[0-9a-f]{8}$/),
        clock_offset_s: expect.any(Number),
        snapshot: { 'Store Mode': expect.any(String), 'Sleep Mode': 'Off', FTP: expect.any(String) },
      });
      expect(state()).toMatchObject({ battery: 'Full', sd_free_mb: expect.any(Number), paused: false });
      // Meanwhile no frame was further from the next than the hub takes for a gap.
      const times = frames.map(({ at }) => Date.parse(at));
      expect(Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? 0)))).toBeLessThanOrEqual(3000);
      expect(meter.report.commands['DRD?'] ?? 0).toBe(acquisition === 'drd' ? 1 : 0);
    },
  );

  it('gives nine frames in ten seconds at full rate, and leaves no time without a level', async () => {
    const hour = await secondHour('dod');
    expect(hour.framesPerS).toBeGreaterThan(0.88);
    expect(hour.known).toBeGreaterThan(0.999);
    expect(hour.asked('Battery Level?')).toBeGreaterThanOrEqual(5);
  });

  it('gives 97 frames in a hundred seconds as a stream, 94 seconds of them exact and 98 known, and is asked everything all the same', async () => {
    const hour = await secondHour('drd');
    expect(hour.framesPerS).toBeGreaterThan(0.96);
    expect(hour.exact).toBeGreaterThan(0.94);
    expect(hour.known).toBeGreaterThan(0.975);
    expect(hour.missingTicks).toBe(0);
    expect(hour.asked('DOD?')).toBe(60);
    expect(hour.asked('Measure?')).toBeGreaterThanOrEqual(30);
    expect(hour.longestStepMs).toBeLessThanOrEqual(3000);
    for (const command of ['Battery Level?', 'Clock?', 'SD Card Free Size?', 'Pause?'])
      expect(hour.asked(command), command).toBeGreaterThanOrEqual(2);
    for (const command of ['Frequency Weighting (Main)?', 'Percentile 1?', 'Sleep Mode?', 'Store Mode?'])
      expect(hour.asked(command), command).toBe(1);
  });
});
