/** The meter on real sockets of 127.0.0.1: what a client sees. Ports are free ones; nothing waits where an event can be awaited. */
import { decodeDod, decodeDrd, ticksBetween } from '@slmm/protocol';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { NetworkedMeter } from './networked-meter.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';
import { LineClient } from './tcp/line-client.ts';

let running: Simulator | null = null;

/** Starts one meter, quick to answer and to free its slot. */
async function start(options: SimulatorOptions = {}): Promise<NetworkedMeter> {
  running = await startSimulator({ latencyMs: 0, promptMs: 0, slotLingerMs: 0, ...options });
  return running.meter('NL43-01');
}

async function connect(meter: NetworkedMeter): Promise<LineClient> {
  const client = await LineClient.connect(meter);
  onTestFinished(() => client.close());
  return client;
}

/** Waits for something that no event tells. */
async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 5_000, interval: 10 }).toBe(true);
}

const failure = (connecting: Promise<unknown>): Promise<string> =>
  connecting.then(
    () => 'connected',
    (error: unknown) => (error as Error).message,
  );

afterEach(async () => {
  await running?.close();
  running = null;
});

describe('a session', () => {
  it('answers a request with two lines and then a prompt', async () => {
    const client = await connect(await start());
    client.send('Battery Level?\r\n');
    expect([await client.token(), await client.token(), await client.token()]).toEqual([
      { kind: 'line', text: 'R+0000' },
      { kind: 'line', text: 'Full' },
      { kind: 'prompt' },
    ]);
    expect(await client.ask('$Measure,Start')).toEqual(['R+0001']);
  });

  it('gives DOD of a held level, numbered in the report', async () => {
    const meter = await start();
    meter.holdLevel(70);
    const client = await connect(meter);
    await until(() => meter.meter.dod().startsWith(' 70.0'));
    const [, line = ''] = await client.ask('DOD?');
    const reading = decodeDod(line);
    expect(reading.kind === 'dod' && reading.channels[0].lp).toBe(70);
    expect(meter.report.dods).toMatchObject({ count: 1, recent: [{ number: 1, line }] });
    expect(meter.report.commands).toEqual({ 'DOD?': 1 });
  });

  it('streams ten lines per second until SUB', async () => {
    const meter = await start();
    const client = await connect(meter);
    expect(await client.ask('DRD')).toEqual(['R+0001']);
    client.send('DRD?\r\n');
    expect(await client.line()).toBe('R+0000');
    const counters: number[] = [];
    while (counters.length < 4) {
      const tick = decodeDrd(await client.line());
      if (tick.kind === 'drd') counters.push(tick.counter);
    }
    expect(counters.slice(1).map((counter, index) => ticksBetween(counters[index] ?? 0, counter))).toEqual([1, 1, 1]);
    client.send('\x1a');
    let token = await client.token();
    while (token.kind === 'line') token = await client.token();
    expect(token.kind).toBe('prompt');
    expect(await client.ask('Measure?')).toEqual(['R+0000', 'Start']);
  });

  it('appends the status to DRD?status', async () => {
    const client = await connect(await start());
    client.send('DRD?status\r\n');
    await client.line();
    expect(decodeDrd(await client.line())).toMatchObject({ status: { power: 'E', battery: 'F', run: 'Start' } });
  });

  it('measures the distance between an answer and the next command', async () => {
    const meter = await start({ latencyMs: 20 });
    const client = await connect(meter);
    client.send('Type?\r\nClock?\r\n');
    for (let lines = 0; lines < 4; lines += 1) await client.line();
    expect(meter.report.leastGapMs).toBe(0);
    expect(meter.report.recent.map((record) => record.line)).toEqual(['Type?', 'Clock?']);
  });
});

describe('the one slot', () => {
  it('leaves the SYN of a second client unanswered, and takes it when the first has gone', async () => {
    const meter = await start();
    const first = await connect(meter);
    expect(await failure(LineClient.connect(meter, 300))).toBe('timeout');
    const second = LineClient.connect(meter, 10_000);
    first.close();
    const client = await second;
    expect(await client.ask('Type?')).toEqual(['R+0000', 'NL-43']);
    client.close();
    expect(meter.report.connections).toMatchObject({ total: 2, most: 1 });
  });

  it('resets and counts a second client when told to', async () => {
    const meter = await start({ busy: 'reset' });
    await connect(meter);
    const second = LineClient.connect(meter).then((client) => client.ended);
    expect(await second.catch((error: unknown) => (error as Error).message)).toBe('ECONNRESET');
    expect(meter.report.connections).toEqual({ now: 1, total: 1, most: 1, turnedAway: 1 });
  });
});

describe('faults on the wire', () => {
  it('F1 wedges the control port while FTP answers, until a power cycle', async () => {
    const meter = await start();
    const client = await connect(meter);
    meter.setFault('F1', {});
    expect(await client.ended).toBe('ECONNRESET');
    expect(await failure(LineClient.connect(meter))).toBe('ECONNREFUSED');
    (await LineClient.connect({ host: meter.host, port: meter.ftpPort })).close();
    expect(meter.meter.run).toBe('Start');
    meter.powerOn(0);
    await connect(meter);
  });

  it('F1 after so many connects lets the last of them go first', async () => {
    const meter = await start();
    meter.setFault('F1', { afterConnects: 2 });
    for (let connects = 0; connects < 2; connects += 1) {
      const client = await LineClient.connect(meter);
      expect(await client.ask('Type?')).toEqual(['R+0000', 'NL-43']);
      client.close();
      await client.ended;
      await until(() => meter.report.connections.now === 0);
    }
    await until(() => meter.condition.wedged);
    expect(await failure(LineClient.connect(meter))).toBe('ECONNREFUSED');
  });

  it('F4 doubles the prompt, glues it, or leaves it out', async () => {
    const meter = await start();
    const client = await connect(meter);
    meter.setFault('F4', { mode: 'double' });
    client.send('Type?\r\n');
    expect([await client.line(), await client.line()]).toEqual(['R+0000', 'NL-43']);
    expect([await client.token(), await client.token()]).toEqual([{ kind: 'prompt' }, { kind: 'prompt' }]);
    meter.setFault('F4', { mode: 'glued' });
    client.send('Type?\r\nType?\r\n');
    const kinds = [];
    for (let tokens = 0; tokens < 5; tokens += 1) kinds.push((await client.token()).kind);
    expect(kinds).toEqual(['line', 'line', 'prompt', 'line', 'line']);
  });

  it('F5 cuts answers into bytes without changing them', async () => {
    const meter = await start();
    meter.setFault('F5', { mode: 'bytes', gapMs: 0 });
    const client = await connect(meter);
    expect(await client.ask('Type?')).toEqual(['R+0000', 'NL-43']);
    expect(await client.ask('Clock?')).toHaveLength(2);
  });

  it('F6 lets the answer of one command arrive after the next was sent', async () => {
    const meter = await start();
    const client = await connect(meter);
    meter.setFault('F6', { delayMs: 60, times: 1 });
    client.send('Type?\r\n');
    client.send('Battery Level?\r\n');
    expect([await client.line(), await client.line(), await client.line(), await client.line()]).toEqual([
      'R+0000',
      'NL-43',
      'R+0000',
      'Full',
    ]);
  });

  it('F12 stops by itself, reboots, and F11 sets the clock wrong', async () => {
    const meter = await start();
    const client = await connect(meter);
    meter.setFault('F12', { what: 'stop' });
    expect(await client.ask('Measure?')).toEqual(['R+0000', 'Stop']);
    meter.setFault('F11', { offsetMs: 3_600_000 });
    const [, ahead = ''] = await client.ask('Clock?');
    meter.clearFault('F11');
    const [, right = ''] = await client.ask('Clock?');
    expect(ahead.slice(11, 13)).not.toBe(right.slice(11, 13));
    meter.setFault('F12', { what: 'reboot', bootMs: 0 });
    expect(await client.ended).toBe('ECONNRESET');
  });

  it('F13 answers nothing until it wakes', async () => {
    const meter = await start();
    meter.setFault('F13', {});
    expect(await failure(LineClient.connect(meter, 200))).toBe('timeout');
    meter.clearFault('F13');
    await connect(meter);
  });

  it('F15 closes both ports, F2 leaves SYNs unanswered', async () => {
    const meter = await start();
    meter.setFault('F15', {});
    expect(await failure(LineClient.connect(meter))).toBe('ECONNREFUSED');
    expect(await failure(LineClient.connect({ host: meter.host, port: meter.ftpPort }))).toBe('ECONNREFUSED');
    meter.clearFault('F15');
    meter.setFault('F2', {});
    expect(await failure(LineClient.connect(meter, 200))).toBe('timeout');
  });

  it('F16 leaves a connection standing and dumb', async () => {
    const meter = await start();
    const client = await connect(meter);
    expect(await client.ask('Type?')).toEqual(['R+0000', 'NL-43']);
    expect((await client.token()).kind).toBe('prompt');
    meter.setFault('F16', {});
    client.send('Type?\r\n');
    await expect(client.token(200)).rejects.toThrow('no token in time');
    meter.clearFault('F16');
    expect(await client.ended).toBe('ECONNRESET');
  });

  it('F19 echoes, F20 garbles the run state, F8 refuses', async () => {
    const meter = await start();
    const client = await connect(meter);
    meter.setFault('F19', {});
    client.send('Echo,Off\r\n');
    expect([await client.line(), await client.line()]).toEqual(['Echo,Off', 'R+0000']);
    meter.clearFault('F19');
    meter.setFault('F20', { text: 'St rt' });
    expect(await client.ask('Measure?')).toEqual(['R+0000', 'St rt']);
    meter.setFault('F8', {});
    expect(await client.ask('DRD?')).toEqual(['R+0004']);
  });
});

describe('power', () => {
  it('is silent without, and forgets connections when it comes back', async () => {
    const meter = await start();
    const client = await connect(meter);
    meter.powerOff();
    expect(await failure(LineClient.connect(meter, 200))).toBe('timeout');
    meter.powerOn(0);
    expect(await client.ended).toBe('ECONNRESET');
    await connect(meter);
  });
});

describe('many meters', () => {
  it('run in one process, each on its own ports', async () => {
    running = await startSimulator({ count: 20, seed: 5 });
    const ports = running.meters.flatMap((meter) => [meter.port, meter.ftpPort]);
    expect(new Set(ports).size).toBe(40);
    const clients = await Promise.all(running.meters.map((meter) => LineClient.connect(meter)));
    const serials = await Promise.all(clients.map((client) => client.ask('Serial Number?')));
    expect(new Set(serials.map(([, serial]) => serial)).size).toBe(20);
    for (const client of clients) client.close();
    expect(() => running?.meter('NL43-99')).toThrow("there is no meter 'NL43-99'");
  });

  it('leave no port open when they are closed in the middle of a connection', async () => {
    const meter = await start();
    await connect(meter);
    await running?.close();
    running = null;
    expect(await failure(LineClient.connect(meter))).toContain('ECONNREFUSED');
  });

  it('fails clearly when a port is taken', async () => {
    const meter = await start();
    await expect(startSimulator({ portBase: meter.port })).rejects.toThrow('EADDRINUSE');
  });
});
