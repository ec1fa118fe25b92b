/** Many meters in one process, driven by one 100 ms beat. */
import { type Clock, systemClock } from '@slmm/shared';
import { startControlServer } from './control/control-server.ts';
import { playSeries } from './levels/level-series.ts';
import { TICK_MS } from './levels/level-source.ts';
import { noiseAt } from './levels/noise.ts';
import { outdoorLevels } from './levels/outdoor-model.ts';
import { NetworkedMeter } from './networked-meter.ts';
import { METER_DEFAULTS, type MeterOptions } from './options.ts';
import { simTime } from './sim-time.ts';
import type { MeterNetwork } from './tcp/network.ts';
import { TcpNetwork } from './tcp/tcp-network.ts';

export interface SimulatorOptions extends Partial<MeterOptions> {
  /** How many meters; default 1. */
  readonly count?: number;
  /** Names are this and a number of at least two digits; default `NL43-`. */
  readonly namePrefix?: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The first control port, the next meters on the next ports; 0 (default) takes free ones. */
  readonly portBase?: number;
  readonly ftpPortBase?: number;
  /** 0 takes a free port; without it there is no control server. */
  readonly controlPort?: number;
  /** One second each, played from the start and again from its beginning at the end; instead of the built-in sound. */
  readonly levelsDb?: Float32Array;
  readonly seed?: number;
  /** Replaceable in tests. */
  readonly clock?: Clock;
  /** Default: real TCP ports on `host`. */
  readonly network?: MeterNetwork;
}

export interface Simulator {
  readonly meters: readonly NetworkedMeter[];
  /** `null` without a control server. */
  readonly controlPort: number | null;
  /** The meter of this name; throws when there is none. */
  meter(name: string): NetworkedMeter;
  close(): Promise<void>;
}

/** Starts meters and waits until every port is open. Throws when a port cannot be had. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const clock = options.clock ?? systemClock;
  const host = options.host ?? '127.0.0.1';
  const seed = options.seed ?? 1;
  const time = simTime(clock);
  const network = options.network ?? new TcpNetwork(host);
  const startMs = time.nowMs();
  const meters = Array.from({ length: options.count ?? 1 }, (_, index) => {
    let throws = 0;
    return new NetworkedMeter({
      name: `${options.namePrefix ?? 'NL43-'}${String(index + 1).padStart(2, '0')}`,
      host,
      port: nthPort(options.portBase, index),
      ftpPort: nthPort(options.ftpPortBase, index),
      serialNumber: String(1_130_000 + index + 1).padStart(8, '0'),
      source: options.levelsDb === undefined ? outdoorLevels(seed + index * 1_000) : playSeries(options.levelsDb, startMs),
      options: { ...METER_DEFAULTS, ...options },
      time,
      network,
      dice: () => noiseAt(seed + index, throws++),
    });
  });
  let cancelBeat = (): void => {};
  const shut = async (): Promise<void> => {
    cancelBeat();
    for (const meter of meters) meter.close();
    await network.close();
  };
  try {
    await Promise.all([network.open(), ...meters.map((meter) => meter.open())]);
    const beat = (): void => {
      const nowMs = time.nowMs();
      for (const meter of meters) meter.tick(nowMs);
      // Always just after a tick boundary, whatever the last beat took.
      cancelBeat = time.after(TICK_MS - (time.nowMs() % TICK_MS), beat);
    };
    beat();
    const byName = new Map(meters.map((meter) => [meter.name, meter]));
    const control =
      options.controlPort === undefined
        ? null
        : await startControlServer({ host, port: options.controlPort, meters: byName, time });
    return {
      meters,
      controlPort: control?.port ?? null,
      meter: (name) => {
        const meter = byName.get(name);
        if (meter === undefined) throw new RangeError(`there is no meter '${name}'; there are ${[...byName.keys()].join(', ')}`);
        return meter;
      },
      close: async () => {
        await control?.close();
        await shut();
      },
    };
  } catch (error) {
    await shut();
    throw error;
  }
}

function nthPort(base: number | undefined, index: number): number {
  return base === undefined || base === 0 ? 0 : base + index;
}
