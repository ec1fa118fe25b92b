/** One simulated meter and the meter side of the edge agent on real sockets, with short waits: what the fault tests stand on. */
import {
  createUnits,
  type FrameDraft,
  openTcpMeterLink,
  type Outlet,
  probeTcpPort,
  type Units,
  type UnitsParts,
} from '@slmm/edge-agent';
import { type CardTransfers, METER_TIMING, type SessionTiming } from '@slmm/edge-agent/testing';
import {
  type Command,
  decodeDod,
  type DesiredUnit,
  type Reply,
  type UnitEvent,
  type UnitInfo,
  type UnitState,
} from '@slmm/protocol';
import { createLogger, systemClock, toInstant } from '@slmm/shared';
import { type NetworkedMeter, type Simulator, type SimulatorOptions, startSimulator } from '@slmm/simulator';
import { expect, onTestFinished } from 'vitest';

/** The session's waits a tenth as long, so that a fault and its recovery take seconds. */
const SHORT: SessionTiming = {
  ...METER_TIMING,
  gapMs: 110,
  answerTimeoutMs: 500,
  connectTimeoutMs: 500,
  drainMs: 400,
  quietMs: 60,
  latestPromptMs: 400,
  reconnectMs: 250,
  backOff: { firstMs: 250, maxMs: 2000, jitter: 0.5 },
  soundAfterMs: 3000,
  streamReconnectMs: 1250,
  streamSilenceMs: 1000,
};

const UNIT = 'NL43-01';

export interface MeterBench {
  readonly simulator: Simulator;
  readonly meter: NetworkedMeter;
  readonly units: Units;
  readonly wanted: DesiredUnit;
  readonly frames: FrameDraft[];
  readonly states: UnitState[];
  readonly infos: UnitInfo[];
  readonly events: UnitEvent[];
  readonly ticks: Readonly<Record<string, unknown>>[];
  /** Resolves when it holds; it is asked again at whatever the agent publishes. Fails the test after 30 s. */
  until(what: string, holds: () => boolean): Promise<void>;
  moreFrames(count: number): Promise<void>;
  /** Gives one command, and collects the steps it tells. */
  run(op: string, args?: Command['args'], steps?: string[]): Promise<Reply>;
  link(): UnitState['link'] | undefined;
  garbled(): number;
}

export interface BenchOptions {
  readonly timing?: Partial<SessionTiming>;
  readonly simulator?: Partial<SimulatorOptions>;
  /** Before the agent sees the meter. */
  readonly before?: (meter: NetworkedMeter) => void;
  readonly wanted?: Partial<DesiredUnit>;
  /** Of FTP, as configured; the meter's own unless given. */
  readonly password?: string;
  readonly streamDodEveryMs?: number;
  readonly streamApartMs?: number;
  readonly transfers?: CardTransfers;
  readonly relay?: UnitsParts['relay'];
}

export async function meterBench(options: BenchOptions = {}): Promise<MeterBench> {
  const simulator = await startSimulator({ namePrefix: 'NL43-', ...options.simulator });
  const meter = simulator.meter(UNIT);
  options.before?.(meter);
  const notes = new NotingOutlet();
  const units = createUnits({
    clock: systemClock,
    random: Math.random,
    log: createLogger('test', 'silent'),
    openLink: openTcpMeterLink,
    probePort: probeTcpPort,
    outlet: notes,
    edge: 'test',
    boot: 'boot-1',
    timing: { ...SHORT, ...options.timing },
    ftpRestMs: 300,
    ...(options.transfers === undefined ? {} : { transfers: options.transfers }),
    streamApartMs: options.streamApartMs ?? 0,
    ...(options.relay === undefined ? {} : { relay: options.relay }),
    ...(options.streamDodEveryMs === undefined ? {} : { streamDodEveryMs: options.streamDodEveryMs }),
  });
  onTestFinished(async () => {
    await units.close();
    await simulator.close();
  });
  const wanted: DesiredUnit = {
    unit: UNIT,
    host: '127.0.0.1',
    port: meter.port,
    enabled: true,
    acquisition: 'dod',
    poll_interval_s: 0,
    ftp: { enabled: true, port: meter.ftpPort, user: 'USER', password: options.password ?? '0000' },
    ...options.wanted,
  };
  units.apply([wanted]);
  const until = (what: string, holds: () => boolean): Promise<void> => notes.until(what, holds);
  let garbled = 0;
  return {
    simulator,
    meter,
    units,
    wanted,
    frames: notes.frames,
    states: notes.states,
    infos: notes.infos,
    events: notes.events,
    ticks: notes.ticks,
    until,
    moreFrames: (count) => {
      const goal = notes.frames.length + count;
      return until(`${count} more frames`, () => notes.frames.length >= goal);
    },
    run: (op, args = {}, steps = []) =>
      units.execute(
        { id: crypto.randomUUID(), unit: UNIT, op, args, by: 'test', expires_at: toInstant(Date.now() + 60_000) },
        (step, done, of) => void steps.push(`${step} (${done} of ${of})`),
      ),
    link: () => notes.states.at(-1)?.link,
    garbled: () => (garbled += units.health()[UNIT]?.garbled ?? 0),
  };
}

class NotingOutlet implements Outlet {
  readonly frames: FrameDraft[] = [];
  readonly states: UnitState[] = [];
  readonly infos: UnitInfo[] = [];
  readonly events: UnitEvent[] = [];
  readonly ticks: Readonly<Record<string, unknown>>[] = [];
  readonly #waiting = new Set<() => void>();

  frame(draft: FrameDraft): void {
    this.frames.push(draft);
    this.#look();
  }

  unitState(_unit: string, state: UnitState | null): void {
    if (state !== null) this.states.push(state);
    this.#look();
  }

  unitInfo(_unit: string, info: UnitInfo | null): void {
    if (info !== null) this.infos.push(info);
    this.#look();
  }

  standBack(): void {
    this.#look();
  }

  unitEvent(_unit: string, event: UnitEvent): void {
    this.events.push(event);
    this.#look();
  }

  tick(_unit: string, tick: Readonly<Record<string, unknown>>): void {
    this.ticks.push(tick);
    this.#look();
  }

  until(what: string, holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (error: Error | null): void => {
        clearTimeout(limit);
        clearInterval(beat);
        this.#waiting.delete(look);
        if (error === null) resolve();
        else reject(error);
      };
      const look = (): void => {
        if (holds()) finish(null);
      };
      const limit = setTimeout(
        () => finish(new Error(`not within 30 s: ${what}; last state ${JSON.stringify(this.states.at(-1))}`)),
        30_000,
      );
      // Counts of failures are no publication of their own.
      const beat = setInterval(look, 50);
      this.#waiting.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }
}

/** What every fault has to leave whole: one connection at a time, the meter's rest kept, and each frame the meter's own answer of that moment. */
export function expectOrder(bench: MeterBench, least: { readonly gapMs: number } = { gapMs: 100 }): void {
  const { report } = bench.meter;
  expect(report.connections.most).toBe(1);
  expect(report.leastGapMs ?? Infinity).toBeGreaterThanOrEqual(least.gapMs);
  expect(report.droppedCommands).toBe(0);
  // The real meter answers R+0001 to `$`, and a space after the comma is not to be relied on.
  expect(report.recent.map(({ line }) => line).filter((line) => /\$|, |^ | $/.test(line))).toEqual([]);
  const said = report.dods.recent.flatMap(({ line, atMs }) => {
    const reading = decodeDod(line);
    return reading.kind === 'dod' ? [{ atMs, channel: reading.channels[0] }] : [];
  });
  for (const frame of bench.frames.filter((one) => one.src === 'dod').slice(-said.length)) {
    const own = said.find(({ atMs, channel }) => {
      const lateMs = Date.parse(frame.at) - atMs;
      return (
        lateMs > -50 &&
        lateMs < 1200 &&
        channel.lp === frame.lp &&
        channel.leq === frame.leq &&
        channel.le === frame.le &&
        channel.lpeak === frame.lpeak
      );
    });
    expect(own, `the meter never said what is in the frame of ${frame.at}`).toBeDefined();
  }
}
