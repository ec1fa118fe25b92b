import { createServer } from 'node:net';
import { CommandRelay, MqttRelay } from '@slmm/edge-agent/testing';
import { linkEvidenceSchema } from '@slmm/protocol';
import { Aedes } from 'aedes';
import { expect, it, onTestFinished } from 'vitest';
import { cardBench } from './card-bench.ts';
import { expectOrder, type MeterBench, meterBench } from './meter-bench.ts';

const kinds = (bench: MeterBench, beginning: string): string[] =>
  bench.events.map((event) => event.kind).filter((kind) => kind.startsWith(beginning));

it('F1: a control port that refuses while FTP answers is a wedge, told once with advice, and cured by a power cycle', async () => {
  const bench = await meterBench();
  await bench.moreFrames(3);
  bench.meter.setFault('F1', {});
  await bench.until('wedged', () => bench.link() === 'wedged');
  expect(bench.states.at(-1)).toMatchObject({ reachable: false, cause: 'wedged' });
  expect(bench.states.at(-1)?.reason).toContain('Switch the meter off and on');
  // The measurement goes on, and what is known of it stays.
  expect(bench.states.at(-1)?.run).toBe('Start');
  expect(bench.meter.meter.run).toBe('Start');
  bench.meter.powerOn(200);
  await bench.until('cured', () => bench.link() === 'ok');
  await bench.moreFrames(3);
  expect(kinds(bench, 'wedge')).toEqual(['wedge-suspected', 'wedge-confirmed', 'wedge-cured']);
  expectOrder(bench);
});

it('F1: a listener that dies of FTP being switched is told with what led there', async () => {
  const bench = await cardBench({ before: (meter) => meter.setFault('F1', { afterFtpToggles: 2 }) });
  await bench.moreFrames(3);
  // The cycle at 11 o'clock after which the meter of the field was gone.
  void bench.run('cycle-stop', { download: false });
  await bench.until('wedged', () => bench.link() === 'wedged');
  const { evidence } = bench.events.find((event) => event.kind === 'wedge-confirmed')?.detail ?? {};
  const { commands, connections, ftp, timing } = linkEvidenceSchema.parse(evidence);
  expect(commands.map(({ line }) => line)).toEqual(expect.arrayContaining(['DOD?', 'FTP,Off', 'FTP,On']));
  expect(connections).toMatchObject({ opened: 1 });
  expect(connections.last.at(-1)?.what).toContain('refused');
  expect(ftp.last.map(({ what }) => what)).toEqual([
    expect.stringContaining('FTP,Off'),
    expect.stringContaining('FTP,On'),
    expect.stringContaining('is open'),
  ]);
  expect(timing.least_gap_ms).toBeGreaterThanOrEqual(110);
  // A person may ask for the same at any time.
  expect(await bench.run('diagnose')).toMatchObject({
    ok: true,
    result: {
      state: { cause: 'wedged' },
      ftp_port: 'open',
      meter: { ok: false },
      advice: expect.stringContaining('Switch the meter'),
    },
  });
});

it('F1: a listener that dies of being connected to often is left alone', async () => {
  const bench = await meterBench({
    before: (meter) => meter.setFault('F1', { afterConnects: 1 }),
    timing: { backOff: { firstMs: 250, maxMs: 30_000, jitter: 0.5 } },
  });
  await bench.moreFrames(3);
  bench.units.apply([{ ...bench.wanted, enabled: false }]);
  bench.units.apply([bench.wanted]);
  await bench.until('wedged', () => bench.link() === 'wedged');
  const { failures = 0 } = bench.states.at(-1) ?? {};
  await new Promise((resolve) => setTimeout(resolve, 5000));
  // Without the brake there would be two or three more in these five seconds.
  expect(((await bench.run('diagnose')) as { result: { state: { failures: number } } }).result.state.failures).toBe(failures);
});

it('F1: a meter whose FTP port refuses too is no wedge', async () => {
  const bench = await meterBench();
  await bench.moreFrames(2);
  bench.meter.setFault('F15', {});
  await bench.until('unreachable', () => bench.states.at(-1)?.reachable === false);
  expect(['refused', 'timeout']).toContain(bench.link());
  bench.meter.clearFault('F15');
  await bench.moreFrames(2);
  expect(kinds(bench, 'wedge-confirmed')).toEqual([]);
});

it('F1: a program that switches a relay cures a wedged meter, where the operator has set it up', async () => {
  // The program of this site asks the power socket (here: the simulator) over HTTP.
  const script =
    "const[,u,p]=process.argv;fetch(`http://127.0.0.1:${p}/meters/${u}/power`,{method:'POST',body:JSON.stringify({action:'cycle',bootMs:300})}).then((r)=>process.exit(r.ok?0:1))";
  const bench: MeterBench = await meterBench({
    simulator: { controlPort: 0, measuring: false },
    relay: {
      everyMs: 3_600_000,
      whileMeasuring: false,
      relay: {
        cycle: (target) =>
          new CommandRelay(`${process.execPath} -e ${script} {unit} ${bench.simulator.controlPort}`).cycle(target),
      },
    },
  });
  await bench.until('a run', () => bench.states.at(-1)?.run === 'Stop');
  bench.meter.setFault('F1', {});
  await bench.until('cured', () => kinds(bench, 'wedge').includes('wedge-cured'));
  expect(bench.events.find((event) => event.kind === 'relay')).toMatchObject({
    text: expect.stringContaining('has cut'),
    detail: { used: true },
  });
  await bench.moreFrames(2);
});

it('F1: a relay that listens to MQTT cures a wedged meter', async () => {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  onTestFinished(async () => {
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    server.close();
  });
  const bench = await meterBench({
    simulator: { measuring: false },
    relay: {
      everyMs: 3_600_000,
      whileMeasuring: false,
      relay: new MqttRelay({
        url: `mqtt://127.0.0.1:${port}`,
        username: null,
        password: null,
        topic: 'sockets/{unit}/set',
        payload: 'cycle',
      }),
    },
  });
  const told: string[] = [];
  broker.on('publish', ({ topic, payload }) => {
    if (!topic.startsWith('sockets/')) return;
    told.push(`${topic} ${payload.toString()}`);
    bench.meter.powerOn(300);
  });
  await bench.until('a run', () => bench.states.at(-1)?.run === 'Stop');
  bench.meter.setFault('F1', {});
  await bench.until('cured', () => kinds(bench, 'wedge').includes('wedge-cured'));
  expect(told).toEqual(['sockets/NL43-01/set cycle']);
});

it('F1: a relay that cannot be had is told, and costs nothing else', async () => {
  const bench = await meterBench({
    simulator: { measuring: false },
    relay: { everyMs: 3_600_000, whileMeasuring: false, relay: new CommandRelay('/nowhere/relay {unit}') },
  });
  await bench.until('a run', () => bench.states.at(-1)?.run === 'Stop');
  bench.meter.setFault('F1', {});
  await bench.until('the relay', () => kinds(bench, 'relay').length > 0);
  expect(bench.events.find((event) => event.kind === 'relay')).toMatchObject({
    text: expect.stringContaining('ENOENT'),
    detail: { used: false },
  });
  expect(bench.link()).toBe('wedged');
});
