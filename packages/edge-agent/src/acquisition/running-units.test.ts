import {
  type Command,
  type DesiredUnit,
  frameSchema,
  linkEvidenceSchema,
  quantizeFrame,
  type UnitEvent,
  unitEventSchema,
  type UnitInfo,
  unitInfoSchema,
  type UnitState,
  unitStateSchema,
} from '@slmm/protocol';
import { type Clock, createLogger, FakeClock, toInstant } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { CardTransfers } from '../card/card-transfers.ts';
import type { RelaySetUp } from '../diagnosis/relay.ts';
import { MemoryMeters } from '../meter-session/memory-meter-link.ts';
import type { FrameDraft, Outlet } from './outlet.ts';
import type { DurableText } from '../uplink/durable-text.ts';
import { createUnits, type UnitsParts } from './running-units.ts';
import { UnitMemory } from './unit-memory.ts';

/** What a small, well-behaved meter says. Tests change its fields. */
class SmallMeter {
  run = 'Start';
  lp = 60;
  #startMs: number;
  latencyMs = 100;
  /** Ahead of the edge's clock; `null`: the meter has none. */
  clockOffsetMs: number | null = null;
  readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
    this.#startMs = clock.monotonicMs() - 100_000;
  }

  /** For how long it has measured. */
  get seconds(): number {
    return Math.max(0.1, (this.clock.monotonicMs() - this.#startMs) / 1000);
  }

  set seconds(seconds: number) {
    this.#startMs = this.clock.monotonicMs() - seconds * 1000;
  }

  settings: Record<string, string> = {
    Type: 'NL-43EX',
    'Serial Number': '01234567',
    'Frequency Weighting (Main)': 'A',
    'Time Weighting (Main)': 'F',
    'Percentile 1': '5.0',
    'Battery Level': 'Full',
    'Sleep Mode': 'Off',
  };

  readonly answer = (line: string): string | null => {
    if (line === 'Echo,Off') return 'R+0000\r\n$';
    if (line === 'DOD?') return this.#dod();
    if (line === 'Clock?' && this.clockOffsetMs !== null)
      return `R+0000\r\n${clockText(this.clock.nowMs() + this.clockOffsetMs)}\r\n$`;
    if (/^[^,]+,[A-Za-z]+$/.test(line) && !line.startsWith('Measure,')) {
      const [name = '', value = ''] = line.split(',');
      this.settings[name] = value;
      return 'R+0000\r\n$';
    }
    if (line === 'Measure?') return `R+0000\r\n${this.run}\r\n$`;
    if (line.startsWith('Measure,')) {
      this.run = line.slice('Measure,'.length);
      this.seconds = 1;
      return 'R+0000\r\n$';
    }
    const value = this.settings[line.slice(0, -1)];
    return value === undefined ? 'R+0001\r\n$' : `R+0000\r\n${value}\r\n$`;
  };

  #dod(): string {
    const level = (db: number): string => db.toFixed(1).padStart(5);
    const le = 60 + 10 * Math.log10(this.seconds);
    const main = [this.lp, 60, le, 70, 50, 66, 64, 60, 55, 52, 80].map(level);
    const none = Array.from({ length: 14 }, () => '  -.-');
    const unused = [...none, '-', '-'];
    return `R+0000\r\n${[...main, '  -.-', '  -.-', '  -.-', '0', '0', ...unused, ...unused, ...unused].join(',')}\r\n$`;
  }
}

const clockText = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');

class NotingOutlet implements Outlet {
  readonly frames: FrameDraft[] = [];
  readonly states: { readonly unit: string; readonly state: UnitState | null }[] = [];
  readonly stoodBack: string[] = [];
  readonly infos: { readonly unit: string; readonly info: UnitInfo | null }[] = [];
  readonly events: { readonly unit: string; readonly event: UnitEvent }[] = [];

  frame(draft: FrameDraft): void {
    frameSchema.parse(quantizeFrame({ v: 1, epoch: '01JD3000000000000000000000', seq: 1, ...draft }));
    this.frames.push(draft);
  }

  unitState(unit: string, state: UnitState | null): void {
    if (state !== null) unitStateSchema.parse(state);
    this.states.push({ unit, state });
  }

  unitInfo(unit: string, info: UnitInfo | null): void {
    if (info !== null) unitInfoSchema.parse(info);
    this.infos.push({ unit, info });
  }

  standBack(unit: string): void {
    this.stoodBack.push(unit);
  }

  unitEvent(unit: string, event: UnitEvent): void {
    unitEventSchema.parse(event);
    this.events.push({ unit, event });
  }

  tick(): void {}

  kinds(): string[] {
    return this.events.map(({ event }) => event.kind);
  }
}

function wanted(change: Partial<DesiredUnit> = {}): DesiredUnit {
  return {
    unit: 'NL43-01',
    host: 'meter-1',
    port: 2255,
    enabled: true,
    acquisition: 'dod',
    poll_interval_s: 0,
    ftp: { enabled: true, port: 21, user: 'USER', password: '0000' },
    ...change,
  };
}

const neverHappens = (): Promise<never> => new Promise(() => undefined);

/** A file in memory. */
class MemoryText implements DurableText {
  text: string | null = null;

  read(): Promise<string | null> {
    return Promise.resolve(this.text);
  }

  write(text: string): Promise<void> {
    this.text = text;
    return Promise.resolve();
  }
}

function world(change: Partial<UnitsParts> = {}, shared?: { readonly clock: FakeClock; readonly meters: MemoryMeters }) {
  const clock = shared?.clock ?? new FakeClock();
  const meters = shared?.meters ?? new MemoryMeters(clock);
  const meter = new SmallMeter(clock);
  meters.set('meter-1:2255', { answer: meter.answer, latencyMs: 100 });
  const outlet = new NotingOutlet();
  const ports = { ftp: 'silent' as 'open' | 'refused' | 'silent', probes: 0 };
  const units = createUnits({
    clock,
    random: () => 0.5,
    log: createLogger('test', 'silent'),
    openLink: meters.open,
    probePort: () => {
      ports.probes += 1;
      return Promise.resolve(ports.ftp);
    },
    outlet,
    edge: 'demo',
    boot: 'boot-1',
    ...change,
  });
  /** Lets time pass task by task, so that promises settle in between as they do in life. */
  const pass = async (ms: number): Promise<void> => {
    const endMs = clock.monotonicMs() + ms;
    for (;;) {
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      const dueMs = clock.nextDueMs();
      if (dueMs === null || dueMs > endMs) break;
      clock.advance(Math.max(0, dueMs - clock.monotonicMs()));
    }
    clock.advance(endMs - clock.monotonicMs());
  };
  let commands = 0;
  const command = (op: string, args: Command['args'] = {}): Command => ({
    id: `command-${++commands}`,
    unit: 'NL43-01',
    op,
    args,
    by: 'test',
    expires_at: toInstant(clock.nowMs() + 60_000),
  });
  const lastState = (): UnitState | null | undefined => outlet.states.at(-1)?.state;
  const refuse = (): void => {
    meters.set('meter-1:2255', { answer: null, latencyMs: 0 });
    meters.hangUp('meter-1:2255');
  };
  return { clock, meters, meter, outlet, ports, units, pass, command, lastState, refuse };
}

describe('a running unit', () => {
  it('makes a frame of every DOD at the full rate the meter allows, with the rare questions between', async () => {
    const { units, meters, outlet, pass } = world();
    units.apply([wanted()]);
    await pass(600_000);
    const cycles = 600_000 / 1110;
    expect(outlet.frames.length).toBeGreaterThan(cycles * 0.9);
    expect(outlet.frames[5]).toMatchObject({
      unit: 'NL43-01',
      src: 'dod',
      run: 'Start',
      lp: 60,
      interval: { leq: 60, basis: 'lp' },
    });
    const times = meters.received.map((one) => one.atMs);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1110);
    expect(meters.mostOpen).toBe(1);
  });

  it('publishes state and info when they change and not at each poll', async () => {
    const { units, outlet, pass } = world();
    units.apply([wanted()]);
    await pass(200_000);
    const before = outlet.states.length;
    await pass(600_000);
    expect(outlet.states.length - before).toBe(0);
    expect(outlet.states.at(-1)?.state).toMatchObject({
      link: 'ok',
      reachable: true,
      run: 'Start',
      run_since_basis: 'le-leq',
      battery: 'Full',
      owner: { edge: 'demo', boot: 'boot-1' },
    });
    expect(outlet.infos.at(-1)?.info).toMatchObject({
      model: 'NL-43EX',
      serial: '01234567',
      frequency_weighting: 'A',
      percentiles: [5, null, null, null, null],
    });
    expect(outlet.frames.at(-1)?.settings).toMatch(/^[0-9a-f]{8}$/);
  });

  it('tells a stop that nobody ordered', async () => {
    const { units, meter, outlet, pass } = world();
    units.apply([wanted()]);
    await pass(20_000);
    meter.run = 'Stop';
    await pass(40_000);
    expect(outlet.events.find(({ event }) => event.kind === 'run-changed')?.event.text).toContain('nobody ordered it');
    expect(outlet.frames.at(-1)?.run).toBe('Stop');
  });

  it('starts a measurement by command, confirmed, as an ordered change and not as a reset', async () => {
    const { units, meter, outlet, pass, command } = world();
    meter.run = 'Stop';
    units.apply([wanted()]);
    await pass(20_000);
    const reply = units.execute(command('measure-start'), () => undefined);
    await pass(20_000);
    expect(await reply).toMatchObject({ ok: true, result: { run: 'Start', confirmed: true } });
    expect(outlet.kinds()).toEqual(['command', 'run-changed']);
    expect(outlet.events.at(-1)?.event.text).toContain('by command');
    expect(outlet.states.at(-1)?.state).toMatchObject({ run: 'Start', run_since_basis: 'seen' });
  });

  it('is not surprised by the new values of a measurement that was ordered and stopped again at once', async () => {
    const { units, meter, outlet, pass, command } = world();
    meter.run = 'Stop';
    units.apply([wanted()]);
    await pass(20_000);
    void units.execute(command('measure-start'), () => undefined);
    await pass(2_300);
    void units.execute(command('measure-stop'), () => undefined);
    await pass(30_000);
    expect(outlet.kinds()).not.toContain('reset-seen');
    expect(
      outlet.events.filter(({ event }) => event.kind === 'run-changed').map(({ event }) => event.detail?.['ordered']),
    ).toEqual([true, true]);
  });

  it('tells that the cumulative values began anew, and reads the start of the new run from them', async () => {
    const { clock, units, meter, outlet, pass, lastState } = world();
    units.apply([wanted()]);
    await pass(20_000);
    meter.seconds = 0;
    await pass(5000);
    expect(outlet.kinds()).toEqual(['reset-seen']);
    const sinceMs = Date.parse(lastState()?.run_since ?? '');
    expect(Math.abs(clock.nowMs() - 5000 - sinceMs)).toBeLessThan(2000);
  });

  it('is unreachable with the third failure, with cause and advice, and says so once; and once when it is back', async () => {
    const { units, meters, meter, outlet, pass, lastState, refuse } = world();
    units.apply([wanted()]);
    await pass(20_000);
    const framesBefore = outlet.frames.length;
    refuse();
    await pass(60_000);
    expect(lastState()).toMatchObject({ link: 'refused', reachable: false });
    expect(lastState()?.reason).toContain('TCP is on');
    expect(outlet.frames.length).toBe(framesBefore);
    meters.set('meter-1:2255', { answer: meter.answer, latencyMs: 100 });
    await pass(90_000);
    expect(lastState()).toMatchObject({ link: 'ok', reachable: true, failures: 0, reason: null });
    expect(outlet.kinds()).toEqual(['wedge-suspected', 'link-changed', 'link-changed']);
    expect(outlet.frames[framesBefore]?.interval).toBeNull();
  });

  it('is told once, with the third failure, when it was never heard', async () => {
    const { units, outlet, pass, refuse } = world();
    refuse();
    units.apply([wanted()]);
    await pass(1500);
    expect(outlet.kinds()).toEqual([]);
    await pass(60_000);
    expect(outlet.kinds()).toEqual(['link-changed']);
    expect(outlet.events[0]?.event.detail).toEqual({ link: 'refused', was: null, cause: 'refused' });
  });

  it('is wedged while the control port refuses and the FTP port answers, and cured when it answers', async () => {
    const { units, meters, meter, outlet, ports, pass, lastState, refuse } = world();
    units.apply([wanted()]);
    await pass(20_000);
    ports.ftp = 'open';
    refuse();
    await pass(200_000);
    expect(lastState()).toMatchObject({ link: 'wedged', reachable: false });
    expect(ports.probes).toBe(1);
    meters.set('meter-1:2255', { answer: meter.answer, latencyMs: 100 });
    await pass(120_000);
    expect(outlet.kinds()).toEqual(['wedge-suspected', 'link-changed', 'wedge-confirmed', 'link-changed', 'wedge-cured']);
  });

  it('tells a wedge with what led there: the last commands, connections, uses of FTP, and the timing', async () => {
    const { units, outlet, ports, pass, refuse, command } = world();
    units.apply([wanted()]);
    await pass(20_000);
    void units.execute(command('ftp-on'), () => undefined);
    await pass(5000);
    ports.ftp = 'open';
    refuse();
    await pass(30_000);
    const confirmed = outlet.events.find(({ event }) => event.kind === 'wedge-confirmed')?.event;
    const evidence = linkEvidenceSchema.parse(confirmed?.detail?.['evidence']);
    expect(evidence.commands).toContainEqual(expect.objectContaining({ line: 'DOD?', outcome: 'ok', ms: 100 }));
    expect(evidence.connections).toMatchObject({ opened: 1, last: [{ what: 'connected' }, ...Array(4).fill(expect.anything())] });
    expect(evidence.connections.last.at(-1)?.what).toContain('refused');
    expect(evidence.ftp.last.map(({ what }) => what)).toEqual([expect.stringContaining('FTP,On'), 'port 21 is open']);
    expect(evidence.timing).toMatchObject({ p50_ms: 100, max_ms: 100, least_gap_ms: 1010 });
  });

  it('is tried rarely once it is known to be wedged', async () => {
    const { units, meters, ports, pass, refuse } = world();
    units.apply([wanted()]);
    await pass(20_000);
    ports.ftp = 'open';
    refuse();
    await pass(20_000);
    const before = meters.attempts;
    await pass(600_000);
    expect(meters.attempts - before).toBeLessThanOrEqual(20);
    expect(meters.attempts - before).toBeGreaterThanOrEqual(9);
  });

  it.each<[string, Partial<RelaySetUp>, string, number, string]>([
    ['is helped by its relay when it is not measuring', {}, 'Stop', 1, 'has cut the meter'],
    ['is not helped while it measures', {}, 'Start', 0, 'would end the measurement'],
    ['is helped while it measures where that is allowed', { whileMeasuring: true }, 'Start', 1, 'has cut the meter'],
  ])('that is wedged %s, and that is told once', async (_name, change, run, uses, says) => {
    const used: string[] = [];
    const relay: RelaySetUp = {
      everyMs: 6 * 3_600_000,
      whileMeasuring: false,
      relay: {
        cycle: ({ unit }) => {
          used.push(unit);
          return Promise.resolve({ ok: true, detail: 'done' });
        },
      },
      ...change,
    };
    const { units, meter, outlet, ports, pass, refuse } = world({ relay });
    meter.run = run;
    units.apply([wanted()]);
    await pass(20_000);
    ports.ftp = 'open';
    refuse();
    // It is looked at every five minutes, and stays wedged; the relay is used once in six hours.
    await pass(3_600_000);
    expect(used).toHaveLength(uses);
    const told = outlet.events.filter(({ event }) => event.kind === 'relay').map(({ event }) => event.text);
    expect(told).toEqual([expect.stringContaining(says), ...(uses > 0 ? [expect.stringContaining('once in 360 min')] : [])]);
    await pass(6 * 3_600_000);
    expect(used).toHaveLength(uses * 2);
  });

  it('whose relay was used does not use it again after a restart of the agent', async () => {
    const file = new MemoryText();
    const log = createLogger('test', 'silent');
    const first = world();
    let uses = 0;
    const relay: RelaySetUp = {
      everyMs: 6 * 3_600_000,
      whileMeasuring: true,
      relay: { cycle: () => Promise.resolve({ ok: true, detail: String(++uses) }) },
    };
    for (const boot of ['boot-1', 'boot-2']) {
      const life = world({ memory: await UnitMemory.open(file, first.clock, log), boot, relay }, first);
      life.units.apply([wanted()]);
      await life.pass(20_000);
      life.ports.ftp = 'open';
      life.refuse();
      await life.pass(60_000);
      void life.units.close();
      await life.pass(2000);
    }
    expect(uses).toBe(1);
  });

  it('has the use of its relay on the disk before the relay is told, whatever becomes of the agent then', async () => {
    const file = new MemoryText();
    const kept: (string | null)[] = [];
    const relay: RelaySetUp = {
      everyMs: 6 * 3_600_000,
      whileMeasuring: true,
      relay: {
        cycle: () => {
          kept.push(file.text);
          return Promise.resolve({ ok: true, detail: 'done' });
        },
      },
    };
    const first = world();
    const memory = await UnitMemory.open(file, first.clock, createLogger('test', 'silent'));
    const { units, ports, pass, refuse } = world({ memory, relay }, first);
    units.apply([wanted()]);
    await pass(20_000);
    ports.ftp = 'open';
    refuse();
    await pass(60_000);
    expect(kept).toEqual([expect.stringMatching(/"relayedAtMs":\d+/)]);
  });

  it('says that its slot is held by somebody else when the meter is awake and takes no connection', async () => {
    const { units, meters, outlet, ports, pass, lastState } = world();
    units.apply([wanted()]);
    await pass(20_000);
    ports.ftp = 'refused';
    meters.set('meter-1:2255', { answer: () => null, latencyMs: 0, isDeaf: true });
    meters.hangUp('meter-1:2255');
    await pass(60_000);
    expect(lastState()).toMatchObject({ link: 'timeout', cause: 'slot-held' });
    expect(lastState()?.reason).toContain('Another program holds its only connection');
    expect(outlet.kinds()).not.toContain('wedge-suspected');
  });

  it('tells settings that were changed by command from those that somebody changed at the meter', async () => {
    const { units, meter, outlet, pass, command } = world();
    units.apply([wanted()]);
    await pass(400_000);
    void units.execute(command('time-weighting-set', { weighting: 'S' }), () => undefined);
    await pass(20_000);
    meter.settings['Sleep Mode'] = 'On';
    meter.settings['Frequency Weighting (Main)'] = 'C';
    await pass(3_700_000);
    const told = outlet.events.filter(({ event }) => event.kind === 'settings-changed').map(({ event }) => event);
    expect(told.map(({ detail }) => [detail?.['ordered'], detail?.['changes']])).toEqual([
      [true, ['Time Weighting (Main): F -> S']],
      [false, ['Frequency Weighting (Main): A -> C']],
      [false, ['Sleep Mode: Off -> On']],
    ]);
    expect(told[1]?.text).toContain('nobody ordered it');
  });

  it('warns of a meter that may fall asleep, once', async () => {
    const { units, meter, pass, command } = world();
    meter.settings['Sleep Mode'] = 'On';
    units.apply([wanted()]);
    await pass(7_500_000);
    const reply = units.execute(command('device-log', { level: 'WARNING', category: 'STATE' }), () => undefined);
    await pass(1000);
    expect(((await reply) as { result: { lines: { message: string }[] } }).result.lines.map(({ message }) => message)).toEqual([
      expect.stringContaining('Sleep Mode is on'),
    ]);
  });

  it('reads everything anew when another meter stands there', async () => {
    const { units, meter, meters, outlet, pass } = world();
    units.apply([wanted()]);
    await pass(200_000);
    const before = outlet.frames.at(-1)?.settings;
    meter.settings = { ...meter.settings, 'Serial Number': '07654321', 'Frequency Weighting (Main)': 'C' };
    meters.hangUp('meter-1:2255');
    await pass(200_000);
    const told = outlet.events.filter(({ event }) => event.kind === 'settings-changed').map(({ event }) => event.text);
    expect(told).toEqual([expect.stringContaining('Another meter stands there: serial number 07654321 in place of 01234567')]);
    expect(outlet.infos.at(-1)?.info).toMatchObject({ serial: '07654321', frequency_weighting: 'C' });
    expect(outlet.frames.at(-1)?.settings).not.toBe(before);
    expect(outlet.frames.at(-1)?.settings).toMatch(/^[0-9a-f]{8}$/);
  });

  it.each<[string, (ms: number) => number, string | null]>([
    ['an hour ahead and right', () => 3600, null],
    ['that gains 4 s a day', (ms) => 3600 + (ms * 4) / 86_400_000, 'clock-drift'],
    ['that somebody sets', (ms) => (ms > 86_400_000 ? 0 : 3600), 'settings-changed'],
  ])('tells of a meter clock %s what there is to tell', async (_name, offsetAt, kind) => {
    const { clock, units, meter, outlet, pass } = world();
    const startMs = clock.nowMs();
    units.apply([wanted({ poll_interval_s: 600 })]);
    for (let hours = 0; hours < 72; hours += 1) {
      const offsetMs = offsetAt(clock.nowMs() - startMs) * 1000;
      meter.clockOffsetMs = offsetMs;
      await pass(3_600_000);
    }
    expect(outlet.kinds()).toEqual(kind === null ? [] : [kind]);
    expect(outlet.infos.at(-1)?.info?.clock_offset_s).toBeCloseTo(offsetAt(71 * 3_600_000), 0);
  });

  it('tells overload once, however often it flickers within a minute', async () => {
    const { units, meter, meters, outlet, pass } = world();
    units.apply([wanted()]);
    let polls = 0;
    const flickering = (line: string): string | null => {
      const answer = meter.answer(line);
      return line === 'DOD?' && ++polls % 2 === 0 ? (answer?.replace(',0,0,', ',1,0,') ?? null) : answer;
    };
    meters.set('meter-1:2255', { answer: flickering, latencyMs: 100 });
    await pass(30_000);
    expect(outlet.kinds()).toEqual(['overload']);
  });

  it('counts garbled answers and never makes a frame of one', async () => {
    const { units, meter, meters, outlet, pass } = world();
    const garbling = (line: string): string | null =>
      line === 'DOD?' ? (meter.answer(line)?.replace(' 70.0', ' 7#.0') ?? null) : meter.answer(line);
    meters.set('meter-1:2255', { answer: garbling, latencyMs: 100 });
    units.apply([wanted()]);
    await pass(30_000);
    expect(outlet.frames).toEqual([]);
    expect(units.health()['NL43-01']?.garbled).toBeGreaterThan(5);
    expect(meters.mostOpen).toBe(1);
  });

  it('gives figures since they were last taken', async () => {
    const { units, pass } = world();
    units.apply([wanted()]);
    // Everything about the meter has been read by then.
    await pass(120_000);
    units.health();
    await pass(60_000);
    const figures = units.health()['NL43-01'];
    expect(figures).toMatchObject({ poll_p50_ms: 100, poll_p95_ms: 100, failures: 0, garbled: 0 });
    expect(figures?.frames).toBeGreaterThan(50);
    expect(units.health()['NL43-01']).toMatchObject({ frames: 0, poll_p50_ms: null });
  });

  it('publishes everything again when the broker may have forgotten', async () => {
    const { units, outlet, pass } = world();
    units.apply([wanted()]);
    await pass(120_000);
    const before = [outlet.states.length, outlet.infos.length];
    units.announce();
    expect([outlet.states.length, outlet.infos.length]).toEqual(before.map((count) => count + 1));
  });
});

describe('the units of an edge', () => {
  it('change only what differs', async () => {
    const { units, meters, meter, pass } = world();
    meters.set('meter-2:2255', { answer: meter.answer, latencyMs: 100 });
    const second = wanted({ unit: 'NL43-02', host: 'meter-2' });
    units.apply([wanted(), second]);
    await pass(10_000);
    expect(units.apply([wanted({ poll_interval_s: 60 }), second])).toEqual({
      'NL43-01': { ok: true, error: null },
      'NL43-02': { ok: true, error: null },
    });
    await pass(30_000);
    const hellos = meters.received.filter((one) => one.line === 'Echo,Off').map((one) => one.address);
    expect(hellos).toEqual(['meter-1:2255', 'meter-2:2255']);
    const dods = (address: string) =>
      meters.received.filter((one) => one.address === address && one.line === 'DOD?' && one.atMs > 12_000).length;
    expect(dods('meter-1:2255')).toBeLessThanOrEqual(1);
    expect(dods('meter-2:2255')).toBeGreaterThan(10);
  });

  it('never let two units onto one meter', async () => {
    const { units, meters, pass } = world();
    const applied = units.apply([wanted(), wanted({ unit: 'NL43-02', host: 'METER-1' })]);
    expect(applied['NL43-02']).toMatchObject({
      ok: false,
      error: 'meter-1:2255 is the meter of NL43-01 already; a meter takes one connection only.',
    });
    await pass(5000);
    expect(meters.mostOpen).toBe(1);
  });

  it('wait until a meter is free before another unit takes it over', async () => {
    const { units, meters, pass, lastState } = world();
    units.apply([wanted(), wanted({ unit: 'NL43-02', enabled: false })]);
    await pass(5000);
    units.apply([wanted({ enabled: false }), wanted({ unit: 'NL43-02' })]);
    await pass(10_000);
    expect(meters.mostOpen).toBe(1);
    expect(meters.openAt('meter-1:2255')).toBe(1);
    expect(lastState()).toMatchObject({ link: 'ok' });
  });

  it('leave a disabled meter alone and say so', async () => {
    const { units, meters, pass, lastState, command } = world();
    units.apply([wanted({ enabled: false })]);
    await pass(60_000);
    expect(meters.received).toEqual([]);
    expect(lastState()).toMatchObject({ link: 'disabled', owner: null, reachable: false });
    expect(await units.execute(command('ftp-on'), () => undefined)).toMatchObject({ ok: false, error: { code: 'disabled' } });
  });

  it('take a removed unit off the bus and give its slot away', async () => {
    const { units, meters, outlet, pass } = world();
    units.apply([wanted()]);
    await pass(60_000);
    units.apply([]);
    await pass(10_000);
    expect(outlet.states.at(-1)).toEqual({ unit: 'NL43-01', state: null });
    expect(outlet.infos.at(-1)).toEqual({ unit: 'NL43-01', info: null });
    expect(meters.openAt('meter-1:2255')).toBe(0);
  });

  it('close every socket before they are closed themselves', async () => {
    const { units, meters, pass } = world();
    units.apply([wanted()]);
    await pass(10_000);
    const closed = units.close();
    await pass(100);
    await closed;
    expect(meters.openAt('meter-1:2255')).toBe(0);
  });

  it('put a user command before polling', async () => {
    const { units, meters, pass, command } = world();
    units.apply([wanted()]);
    await pass(10_500);
    const reply = units.execute(command('battery-get'), () => undefined);
    const seen = meters.received.length;
    await pass(1500);
    expect(await reply).toMatchObject({ ok: true, result: { battery: 'Full' } });
    expect(meters.received[seen]?.line).toBe('Battery Level?');
  });
});

describe('the slot', () => {
  const done = { ok: true };

  it('is lent to another program for a while and comes back by itself', async () => {
    const { units, meters, outlet, pass, command, lastState } = world();
    units.apply([wanted()]);
    await pass(20_000);
    const reply = units.execute(command('yield', { minutes: 5 }), () => undefined);
    await pass(2000);
    expect(await reply).toMatchObject(done);
    expect(meters.openAt('meter-1:2255')).toBe(0);
    expect(lastState()).toMatchObject({ link: 'standby', owner: null, reachable: false });
    const refused = units.execute(command('battery-get'), () => undefined);
    expect(await refused).toMatchObject({ ok: false, error: { code: 'disabled' } });
    const before = outlet.frames.length;
    await pass(290_000);
    expect(outlet.frames.length).toBe(before);
    await pass(60_000);
    expect(outlet.frames.length).toBeGreaterThan(before + 20);
    expect(outlet.kinds().filter((kind) => kind === 'slot')).toHaveLength(2);
  });

  it.each([
    ['back', -3_600_000],
    ['on', 3_600_000],
  ])('that is lent comes back in time also when the clock on the wall is put %s', async (_way, byMs) => {
    const { clock, units, meters, pass, command } = world();
    units.apply([wanted()]);
    await pass(20_000);
    void units.execute(command('yield', { minutes: 5 }), () => undefined);
    await pass(2000);
    clock.stepWall(byMs);
    await pass(305_000);
    expect(meters.openAt('meter-1:2255')).toBe(1);
  });

  it.each<[string, Partial<Command>, unknown]>([
    ['deactivate', {}, { units: { 'NL43-01': { deactivated: true } } }],
    ['yield', { args: { minutes: 5 } }, { units: { 'NL43-01': { lentUntilMs: expect.any(Number) } } }],
    ['standby', { unit: null }, { standby: true }],
  ])('whose %s is confirmed stays so, also when the agent is killed that instant', async (op, change, known) => {
    const file = new MemoryText();
    const first = world();
    const memory = await UnitMemory.open(file, first.clock, createLogger('test', 'silent'));
    const { units, pass, command } = world({ memory }, first);
    units.apply([wanted()]);
    await pass(20_000);
    let kept: unknown;
    void units.execute({ ...command(op), ...change }, () => undefined).then(() => (kept = JSON.parse(file.text ?? 'null')));
    await pass(900);
    expect(kept).toMatchObject(known as object);
  });

  it.each([
    ['cycle-stop', {}, 'On', 10_000, 'On'],
    ['files-list', { path: '/' }, 'Off', 6_000, 'Off'],
  ] as const)(
    'finds FTP as it should be after the agent was killed in the middle of %s',
    async (op, args, ftp, killedMs, should) => {
      const file = new MemoryText();
      const log = createLogger('test', 'silent');
      const first = world();
      const life = async (boot: string, meter: SmallMeter) => {
        const transfers = new CardTransfers({
          openCard: () => new Promise(() => undefined),
          spool: { create: neverHappens, open: neverHappens, roomBytes: neverHappens },
          send: neverHappens,
          clock: first.clock,
          log,
          newId: () => 'transfer-1',
        });
        const own = world({ memory: await UnitMemory.open(file, first.clock, log), boot, transfers }, first);
        own.meters.set('meter-1:2255', { answer: meter.answer, latencyMs: 100 });
        own.units.apply([wanted()]);
        return own;
      };
      const meter = new SmallMeter(first.clock);
      meter.settings['FTP'] = ftp;
      const before = await life('boot-1', meter);
      await before.pass(60_000);
      void before.units.execute(before.command(op, args), () => undefined);
      await before.pass(killedMs);
      expect(meter.settings['FTP']).toBe(ftp === 'On' ? 'Off' : 'On');
      // Killed: nothing of this life writes or sends any more.
      const kept = file.text;
      void before.units.close();
      await before.pass(5000);
      file.text = kept;
      meter.settings['FTP'] = ftp === 'On' ? 'Off' : 'On';
      const after = await life('boot-2', meter);
      await after.pass(30_000);
      expect(meter.settings['FTP']).toBe(should);
      void after.units.close();
      await after.pass(5000);
      meter.settings['FTP'] = ftp === 'On' ? 'Off' : 'On';
      const third = await life('boot-3', meter);
      await third.pass(30_000);
      // Once: what somebody does afterwards is his affair.
      expect(meter.settings['FTP']).toBe(ftp === 'On' ? 'Off' : 'On');
    },
  );

  it('stays given away over a restart until the unit is activated again', async () => {
    const file = new MemoryText();
    const first = world();
    const memory = await UnitMemory.open(file, first.clock, createLogger('test', 'silent'));
    const before = world({ memory }, first);
    before.units.apply([wanted()]);
    await before.pass(10_000);
    void before.units.execute(before.command('deactivate'), () => undefined);
    await before.pass(5000);
    expect(before.lastState()).toMatchObject({ link: 'disabled', owner: null });
    void before.units.close();
    await before.pass(1000);
    const again = world(
      { memory: await UnitMemory.open(file, first.clock, createLogger('test', 'silent')), boot: 'boot-2' },
      first,
    );
    again.units.apply([wanted()]);
    await again.pass(20_000);
    expect(again.outlet.frames).toEqual([]);
    void again.units.execute({ ...again.command('activate'), id: 'activate-1' }, () => undefined);
    await again.pass(20_000);
    expect(again.outlet.frames.length).toBeGreaterThan(5);
    expect(again.lastState()).toMatchObject({ link: 'ok', owner: { boot: 'boot-2', fence: 2 } });
  });

  it('is given away for all meters of an edge that stands by', async () => {
    const { units, meters, pass, command, lastState } = world();
    units.apply([wanted()]);
    await pass(10_000);
    const reply = units.execute({ ...command('standby'), unit: null }, () => undefined);
    await pass(2000);
    expect(await reply).toMatchObject({ ok: true, result: { standby: true, units: 1 } });
    expect(meters.openAt('meter-1:2255')).toBe(0);
    expect(lastState()).toMatchObject({ link: 'standby' });
    void units.execute({ ...command('resume'), unit: null }, () => undefined);
    await pass(10_000);
    expect(lastState()).toMatchObject({ link: 'ok' });
  });

  it('is never fought over: of two agents with one name the one with the lower fence stands back', async () => {
    const first = world();
    const second = world({ boot: 'boot-2' }, first);
    first.units.apply([wanted()]);
    await first.pass(10_000);
    first.units.claimed?.();
    const keptOwner = first.lastState()?.owner;
    // The second finds what the broker kept of the first, and goes above it.
    second.units.apply([wanted()]);
    if (keptOwner) second.units.ownerSeen?.('NL43-01', keptOwner, true);
    await second.pass(5000);
    second.units.claimed?.();
    const owner = second.lastState()?.owner;
    expect(owner).toMatchObject({ boot: 'boot-2', fence: 2 });
    if (owner) first.units.ownerSeen?.('NL43-01', owner, false);
    await second.pass(10_000);
    expect(first.outlet.stoodBack).toEqual(['NL43-01']);
    expect(first.outlet.events.at(-1)?.event.text).toContain('Another agent (demo, boot boot-2) has taken this unit over');
    expect(first.units.hasStoodBack).toBe(true);
    expect(second.lastState()).toMatchObject({ link: 'ok' });
    expect(first.meters.openAt('meter-1:2255')).toBe(1);
    // Whoever has stood back leaves the word to the other.
    const said = first.outlet.states.length;
    first.units.announce();
    expect(first.outlet.states.length).toBe(said);
    // And stays so when the first hears it again after its own next session.
    if (owner) first.units.ownerSeen?.('NL43-01', owner, true);
    await second.pass(10_000);
    expect(first.units.hasStoodBack).toBe(true);
    expect(first.outlet.states.length).toBe(said);
    expect(second.lastState()).toMatchObject({ link: 'ok' });
    // A person may give the unit back to the first.
    void first.units.execute({ ...first.command('activate'), id: 'activate-1' }, () => undefined);
    await second.pass(100);
    const again = first.lastState()?.owner;
    expect(again).toMatchObject({ boot: 'boot-1', fence: 3 });
    if (again) second.units.ownerSeen?.('NL43-01', again, false);
    await second.pass(20_000);
    expect([first.units.hasStoodBack, second.units.hasStoodBack]).toEqual([false, true]);
    expect(first.lastState()).toMatchObject({ link: 'ok' });
  });
});

describe('the start of a run', () => {
  it('outlives a restart of the agent, and is read anew when the measuring time tells of another run', async () => {
    const file = new MemoryText();
    const log = createLogger('test', 'silent');
    const first = world();
    const before = world({ memory: await UnitMemory.open(file, first.clock, log) }, first);
    before.meters.set('meter-1:2255', { answer: before.meter.answer, latencyMs: 100 });
    before.units.apply([wanted()]);
    await before.pass(120_000);
    const since = before.lastState()?.run_since;
    void before.units.close();
    await before.pass(2000);
    before.meter.seconds = (first.clock.nowMs() - Date.parse(since ?? '')) / 1000;
    const second = world({ memory: await UnitMemory.open(file, first.clock, log), boot: 'boot-2' }, first);
    second.meters.set('meter-1:2255', { answer: before.meter.answer, latencyMs: 100 });
    second.units.apply([wanted()]);
    await second.pass(20_000);
    expect(second.lastState()).toMatchObject({ run: 'Start', run_since: since, run_since_basis: 'le-leq' });
    void second.units.close();
    await second.pass(2000);
    before.meter.seconds = 3;
    const third = world({ memory: await UnitMemory.open(file, first.clock, log), boot: 'boot-3' }, first);
    third.meters.set('meter-1:2255', { answer: before.meter.answer, latencyMs: 100 });
    third.units.apply([wanted()]);
    await third.pass(20_000);
    expect(Date.parse(third.lastState()?.run_since ?? '')).toBeGreaterThan(Date.parse(since ?? '') + 60_000);
  });

  it("is the meter's own where it knows it, and says so", async () => {
    const { clock, units, meter, pass, lastState } = world();
    const startMs = clock.nowMs() - 500_000;
    meter.settings['Measurement Start Time'] = clockText(startMs + 3_600_000);
    units.apply([wanted()]);
    for (let second = 0; second < 200; second += 1) {
      meter.settings['Clock'] = clockText(clock.nowMs() + 3_600_000);
      await pass(1000);
    }
    expect(lastState()?.run_since_basis).toBe('meter');
    expect(Math.abs(Date.parse(lastState()?.run_since ?? '') - startMs)).toBeLessThan(2000);
  });
});
