/**
 * Days of simulated meters and the edge's own code in minutes: random faults, random orders, restarts of the agent, on one clock that is moved by hand.
 * What must hold whatever happens is checked from what the meters and the network saw, never from what the agent says of itself.
 */
import { createUnits, type FrameDraft, type Outlet, type Units } from '@slmm/edge-agent';
import { UnitMemory } from '@slmm/edge-agent/testing';
import { type Command, decodeDod, type DesiredUnit, type UnitEvent, type UnitState } from '@slmm/protocol';
import { createLogger, FakeClock, toInstant } from '@slmm/shared';
import { type Attempt, type FaultId, MemoryNetwork, type NetworkedMeter, type Simulator, startSimulator } from '@slmm/simulator';

export interface DayOptions {
  readonly seed: number;
  readonly hours: number;
  readonly meters: number;
}

export interface DayResult {
  /** What was not as it must be; empty when all is well. */
  readonly breaches: readonly string[];
  readonly figures: {
    readonly commands: number;
    readonly frames: number;
    readonly attempts: number;
    readonly leastGapMs: number;
    readonly mostConnections: number;
    readonly leastReconnectMs: number;
    readonly faults: number;
    readonly orders: number;
    readonly restarts: number;
    readonly events: Readonly<Record<string, number>>;
    /** Share of the time without a fault, an order or what follows from them, in which frames came as they should. */
    readonly coverage: number;
  };
}

type Dice = () => number;
/** mulberry32. */
function dice(seed: number): Dice {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const MINUTE = 60_000;
/** How long a link may take to be whole again after a fault: the longest back-off, a connection that nobody takes, and what a meter needs to notice. */
const RECOVERY_MS = 200_000;
/** What is promised of reconnecting, in numbers of its own: the agent's table is what is judged. */
const LEAST_RECONNECT_MS = 1000;
const AFTER_STREAM_MS = 5000;
const LONGEST_BACK_OFF_MS = 60_000;
const CONNECT_LIMIT_MS = 5000;
/** A frame stands for so long; where DOD is asked for rarely, for its own pace and a bit. */
const QUIET_MS = 3000;
const SLOW_PACE_S = 10;

/** What a fault is set with; the parameters are drawn. */
const MISHAPS: Readonly<Partial<Record<FaultId, (draw: Dice) => Record<string, unknown>>>> = {
  F1: () => ({}),
  F2: () => ({}),
  F3: (draw) => (draw() < 0.5 ? { closeMs: Math.round(3000 + draw() * 4000) } : { closeMs: 0, silentMs: 60_000 }),
  F4: (draw) => ({ mode: pick(draw, ['late', 'double', 'missing', 'glued']), delayMs: Math.round(draw() * 2500) }),
  F5: (draw) => ({ mode: pick(draw, ['bytes', 'split-crlf', 'together']), gapMs: Math.round(draw() * 5) }),
  F6: (draw) => ({ delayMs: Math.round(1000 + draw() * 8000), every: 1 + Math.floor(draw() * 5) }),
  F7: (draw) => ({ every: 2 + Math.floor(draw() * 6), part: pick(draw, ['all', 'data-line']) }),
  F8: () => ({ codes: { DRD: '0004', 'Battery Level': '0001', DOD: '0004' } }),
  F9: (draw) => ({ mode: pick(draw, ['drop', 'repeat', 'stall', 'extra', 'cut', 'wrap', 'garble']), stallMs: 30_000 }),
  F10: (draw) => ({
    mode: pick(draw, [
      '63-fields',
      '65-fields',
      'nl42',
      'dashes',
      'blank',
      'over',
      'under',
      'loud',
      'quiet',
      'negative',
      'garbage',
      'short',
    ]),
    every: 1 + Math.floor(draw() * 4),
  }),
  F11: (draw) => ({ offsetMs: Math.round((draw() - 0.5) * 7_200_000), driftMsPerDay: 2000 }),
  F12: (draw) => ({ what: pick(draw, ['stop', 'pause', 'sd-full', 'battery', 'reboot']), bootMs: 20_000 }),
  F13: (draw) => ({ durationMs: Math.round(draw() * 40 * MINUTE) }),
  F15: () => ({}),
  F16: () => ({ releaseMs: 60_000 }),
  F17: () => ({}),
  F19: () => ({}),
  F20: (draw) => ({ text: pick(draw, ['M?as~', '', 'Sto', 'Measure', 'R+0000']), every: 1 + Math.floor(draw() * 2) }),
};

const ORDERS: readonly (readonly [string, Command['args']])[] = [
  ['battery-get', {}],
  ['measure-status', {}],
  ['measure-stop', {}],
  ['measure-start', {}],
  ['measure-reset', {}],
  ['clock-get', {}],
  ['time-weighting-set', { weighting: 'S' }],
  ['time-weighting-set', { weighting: 'F' }],
  ['frame-get', {}],
  ['diagnose', {}],
  ['slot-disconnect', { seconds: 5 }],
  ['slot-yield', { minutes: 0 }],
  ['yield', { minutes: 2 }],
  ['ftp-off', {}],
  ['ftp-on', {}],
];

function pick<T>(draw: Dice, among: readonly T[]): T {
  const chosen = among[Math.floor(draw() * among.length)];
  if (chosen === undefined) throw new RangeError('nothing to choose from');
  return chosen;
}

const isSlow = (index: number): boolean => index % 4 === 2;

/** One day. `seed` makes it the same day again. */
export async function liveThroughDay({ seed, hours, meters: count }: DayOptions): Promise<DayResult> {
  const day = await Day.begin(seed, count);
  await day.pass(hours * 3_600_000);
  return day.end();
}

class Day {
  readonly #clock: FakeClock;
  readonly #network: MemoryNetwork;
  readonly #draw: Dice;
  readonly #memory: UnitMemory;
  readonly #watches: readonly Watch[];
  readonly #events: Record<string, number> = {};
  #units: Units;
  #boot = 1;
  #restarts = 0;
  #orders = 0;
  #isOver = false;

  private constructor(clock: FakeClock, network: MemoryNetwork, simulator: Simulator, seed: number) {
    this.#clock = clock;
    this.#network = network;
    this.#draw = dice(seed);
    this.#memory = UnitMemory.forgetful(clock, createLogger('test', 'silent'));
    this.#watches = simulator.meters.map(
      (meter, index) => new Watch(meter, clock, isSlow(index) ? SLOW_PACE_S * 1000 + QUIET_MS : QUIET_MS),
    );
    this.#units = this.#start();
  }

  static async begin(seed: number, count: number): Promise<Day> {
    const clock = new FakeClock(Date.UTC(2026, 10, 23));
    const network = new MemoryNetwork(clock);
    const simulator = await startSimulator({ count, clock, network, seed, latencyMs: 40 });
    return new Day(clock, network, simulator, seed);
  }

  /** Lets time pass task by task, so that promises settle in between as they do in life. */
  async pass(forMs: number): Promise<void> {
    const clock = this.#clock;
    for (const watch of this.#watches) {
      this.#later(() => this.#mishap(watch), 2 * MINUTE, 8 * MINUTE);
      this.#later(() => this.#order(watch), MINUTE, 6 * MINUTE);
    }
    this.#later(() => this.#restart(), 60 * MINUTE, 300 * MINUTE);
    const endMs = clock.monotonicMs() + forMs;
    await this.#run(endMs);
    this.#isOver = true;
    // All faults end, and every link has its time to be whole again.
    for (const watch of this.#watches) watch.mend();
    await this.#run(endMs + 2 * RECOVERY_MS);
  }

  end(): DayResult {
    const breaches: string[] = [];
    for (const watch of this.#watches) breaches.push(...watch.breaches, ...watch.verdict(this.#network.attempts));
    const reports = this.#watches.map(({ meter }) => meter.report);
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    return {
      breaches,
      figures: {
        commands: sum(reports.flatMap((report) => Object.values(report.commands))),
        frames: sum(this.#watches.map(({ frames }) => frames)),
        attempts: this.#network.attempts.length,
        leastGapMs: Math.min(...reports.map(({ leastGapMs }) => leastGapMs ?? Infinity)),
        mostConnections: Math.max(...this.#watches.map((watch) => watch.mostAtOnce(this.#network.attempts))),
        leastReconnectMs: Math.min(...this.#watches.map((watch) => watch.leastReconnectMs(this.#network.attempts))),
        faults: sum(this.#watches.map(({ faults }) => faults)),
        orders: this.#orders,
        restarts: this.#restarts,
        events: this.#events,
        coverage: sum(this.#watches.map(({ coveredMs }) => coveredMs)) / sum(this.#watches.map(({ calmMs }) => calmMs)),
      },
    };
  }

  async #run(endMs: number): Promise<void> {
    const clock = this.#clock;
    for (let dueMs = clock.nextDueMs(); dueMs !== null && dueMs <= endMs; dueMs = clock.nextDueMs()) {
      clock.advance(Math.max(0, dueMs - clock.monotonicMs()));
      for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
    }
    clock.advance(endMs - clock.monotonicMs());
  }

  #later(task: () => void, leastMs: number, mostMs: number): void {
    this.#clock.after(leastMs + this.#draw() * (mostMs - leastMs), () => {
      if (!this.#isOver) task();
    });
  }

  #mishap(watch: Watch): void {
    const { meter } = watch;
    const id = pick(this.#draw, Object.keys(MISHAPS) as FaultId[]);
    const change = meter.setFault(id, MISHAPS[id]?.(this.#draw) ?? {});
    if (change.kind === 'mistake') throw new Error(`${id}: ${change.reason}`);
    watch.troubled(id);
    const lastsMs = 5000 + this.#draw() * 6 * MINUTE;
    this.#clock.after(lastsMs, () => {
      // A wedge is cured by switching the meter off and on.
      if (id === 'F1') meter.powerOn(15_000);
      meter.clearFault(id);
      watch.cleared(id);
      if (id === 'F12' && meter.meter.run === 'Stop') this.#ask(watch, 'measure-start', {});
    });
    this.#later(() => this.#mishap(watch), 4 * MINUTE, 20 * MINUTE);
  }

  #order(watch: Watch): void {
    const [op, args] = pick(this.#draw, ORDERS);
    this.#ask(watch, op, args);
    if (this.#draw() < 0.3) {
      const stream = this.#draw() < 0.6;
      this.#units.demand({ [watch.meter.name]: { watched: true, stream, send_above: null } });
      watch.disturbed();
    }
    this.#later(() => this.#order(watch), MINUTE, 12 * MINUTE);
  }

  #ask(watch: Watch, op: string, args: Command['args']): void {
    this.#orders += 1;
    watch.disturbed(op === 'yield' ? 2 * MINUTE : 0);
    const id = `order-${this.#orders}-${'0'.repeat(8)}`;
    const expires_at = toInstant(this.#clock.nowMs() + MINUTE);
    void this.#units
      .execute({ id, unit: watch.meter.name, op, args, by: 'day', expires_at }, () => undefined)
      .then((reply) => {
        if ('ok' in reply && !reply.ok && /inside the agent/.test(reply.error.message))
          watch.breaches.push(`${op}: ${reply.error.message}`);
      });
  }

  /** The agent is stopped and started, as an update does. */
  #restart(): void {
    this.#restarts += 1;
    this.#boot += 1;
    for (const watch of this.#watches) watch.disturbed();
    void this.#units.close().then(() => {
      this.#units = this.#start();
    });
    this.#later(() => this.#restart(), 120 * MINUTE, 600 * MINUTE);
  }

  #start(): Units {
    const watches = new Map(this.#watches.map((watch) => [watch.meter.name, watch]));
    const outlet: Outlet = {
      frame: (draft) => watches.get(draft.unit)?.frame(draft),
      unitState: (unit, state) => watches.get(unit)?.state(state),
      unitInfo: () => undefined,
      standBack: () => undefined,
      unitEvent: (_unit, event: UnitEvent) => {
        this.#events[event.kind] = (this.#events[event.kind] ?? 0) + 1;
      },
      tick: () => undefined,
    };
    const units = createUnits({
      clock: this.#clock,
      random: this.#draw,
      log: createLogger('test', 'silent'),
      openLink: ({ port }, events) => this.#network.connect(port, events),
      probePort: ({ port }) => Promise.resolve(this.#network.look(port)),
      outlet,
      edge: 'day',
      boot: `boot-${this.#boot}`,
      memory: this.#memory,
    });
    for (const watch of this.#watches) watch.born();
    units.apply(
      this.#watches.map(({ meter }, index): DesiredUnit => ({
        unit: meter.name,
        host: 'meter',
        port: meter.port,
        enabled: true,
        acquisition: index % 4 === 3 ? 'drd' : 'dod',
        poll_interval_s: isSlow(index) ? SLOW_PACE_S : 0,
        ftp: { enabled: true, port: meter.ftpPort, user: 'USER', password: '0000' },
      })),
    );
    return units;
  }
}

/** What happens to one meter, and what must hold of it. */
class Watch {
  readonly meter: NetworkedMeter;
  readonly #clock: FakeClock;
  readonly #quietMs: number;
  readonly breaches: string[] = [];
  readonly #troubles = new Set<FaultId>();
  readonly #births: number[] = [];
  #lastState: UnitState | null = null;
  #calmFromMs = RECOVERY_MS;
  #lastFrameMs = 0;
  frames = 0;
  faults = 0;
  calmMs = 0;
  coveredMs = 0;

  constructor(meter: NetworkedMeter, clock: FakeClock, quietMs: number) {
    this.meter = meter;
    this.#clock = clock;
    this.#quietMs = quietMs;
  }

  troubled(id: FaultId): void {
    this.faults += 1;
    this.#troubles.add(id);
    this.disturbed();
  }

  cleared(id: FaultId): void {
    this.#troubles.delete(id);
    this.disturbed();
  }

  /** Something was done that may cost frames for a while. */
  disturbed(forMs = 0): void {
    this.#calmFromMs = Math.max(this.#calmFromMs, this.#clock.monotonicMs() + forMs + RECOVERY_MS);
  }

  mend(): void {
    if (this.#troubles.has('F1')) this.meter.powerOn(1000);
    for (const id of this.#troubles) this.meter.clearFault(id);
    this.#troubles.clear();
    this.disturbed();
  }

  /** The agent was started. */
  born(): void {
    this.#births.push(this.#clock.monotonicMs());
  }

  state(state: UnitState | null): void {
    this.#lastState = state;
  }

  frame(draft: FrameDraft): void {
    this.frames += 1;
    const nowMs = this.#clock.monotonicMs();
    if (draft.src === 'dod') this.#judgeFrame(draft);
    const isCalm = this.#troubles.size === 0 && this.#lastFrameMs > this.#calmFromMs;
    if (isCalm) {
      const sinceMs = nowMs - this.#lastFrameMs;
      this.calmMs += sinceMs;
      this.coveredMs += Math.min(sinceMs, this.#quietMs);
    }
    this.#lastFrameMs = nowMs;
  }

  /** A frame says what the meter said, a moment ago. */
  #judgeFrame(draft: FrameDraft): void {
    const said = this.meter.seen.newestDods(3).flatMap(({ line, atMs }) => {
      const reading = decodeDod(line);
      // An answer that comes byte by byte takes two seconds.
      return reading.kind === 'dod' && this.#clock.nowMs() - atMs < 3000 ? [reading.channels[0]] : [];
    });
    const isTrue = said.some((channel) => channel.lp === draft.lp && channel.leq === draft.leq && channel.le === draft.le);
    if (!isTrue) this.breaches.push(`${draft.unit}: the meter never said what is in the frame of ${draft.at}`);
  }

  verdict(attempts: readonly Attempt[]): readonly string[] {
    const { name, report } = this.meter;
    const breaches: string[] = [];
    if (report.connections.most > 1) breaches.push(`${name} saw ${report.connections.most} connections at once`);
    if ((report.leastGapMs ?? Infinity) < 1000) breaches.push(`${name} had a command ${report.leastGapMs} ms after an answer`);
    if (report.droppedCommands > 0) breaches.push(`${name} dropped ${report.droppedCommands} commands`);
    if (this.mostAtOnce(attempts) > 1) breaches.push(`${name}: two connections were under way at once`);
    breaches.push(...this.#hasty(attempts));
    if (this.#lastState?.link !== 'ok') breaches.push(`${name} is ${JSON.stringify(this.#lastState)} when all is well again`);
    if (this.#clock.monotonicMs() - this.#lastFrameMs > 15_000) breaches.push(`${name} gives no frames when all is well again`);
    return breaches;
  }

  mostAtOnce(attempts: readonly Attempt[]): number {
    const own = this.#own(attempts);
    let most = Math.min(1, own.length);
    for (const [index, { endedAtMs }] of own.entries()) {
      const next = own[index + 1];
      if (next !== undefined && (endedAtMs === null || next.atMs < endedAtMs)) most = 2;
    }
    return most;
  }

  leastReconnectMs(attempts: readonly Attempt[]): number {
    const own = this.#own(attempts);
    return own
      .slice(1)
      .reduce((least, { atMs }, index) => Math.min(least, atMs - (own[index]?.endedAtMs ?? -Infinity)), Infinity);
  }

  /** Attempts that came sooner than the back-off allows, judged by what the network saw. */
  #hasty(attempts: readonly Attempt[]): string[] {
    const breaches: string[] = [];
    let fruitless = 0;
    let hasStreamed = false;
    let endedMs: number | null = null;
    const births = [...this.#births];
    for (const { atMs, connectedAtMs, endedAtMs, refused, streamed } of this.#own(attempts)) {
      // An agent that has just been started knows of no failures.
      if ((births[0] ?? Infinity) <= atMs) {
        fruitless = 0;
        hasStreamed = false;
      }
      while ((births[0] ?? Infinity) <= atMs) births.shift();
      const leastMs =
        fruitless === 0
          ? LEAST_RECONNECT_MS
          : Math.max(LEAST_RECONNECT_MS, 0.5 * Math.min(LONGEST_BACK_OFF_MS, LEAST_RECONNECT_MS * 2 ** (fruitless - 1)));
      if (endedMs !== null && atMs - endedMs < leastMs - 1)
        breaches.push(`${this.meter.name}: connection ${atMs - endedMs} ms after the ${fruitless}th that came to nothing`);
      if (connectedAtMs !== null) fruitless = 0;
      // One that the agent gave up itself, because its slot was wanted back, says nothing of the meter.
      else if (refused || (endedAtMs ?? Infinity) - atMs >= CONNECT_LIMIT_MS) fruitless += 1;
      if (hasStreamed && endedMs !== null && atMs - endedMs < AFTER_STREAM_MS - 1)
        breaches.push(`${this.meter.name}: connection ${atMs - endedMs} ms after a stream`);
      hasStreamed = streamed;
      endedMs = endedAtMs;
    }
    return breaches;
  }

  #own(attempts: readonly Attempt[]): readonly Attempt[] {
    return attempts.filter(({ port }) => port === this.meter.port);
  }
}
