import {
  type Demand,
  demandSchema,
  type DesiredConfig,
  desiredConfigSchema,
  type EdgeState,
  hubStateSchema,
  topics,
  type UnitState,
} from '@slmm/protocol';
import { createLogger, FakeClock } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { Access } from '../access/access.ts';
import { MemoryAccessStore } from '../adapters/memory/memory-access-store.ts';
import { MemoryFleetStore } from '../adapters/memory/memory-fleet-store.ts';
import { createMetrics } from '../metrics.ts';
import { Complaints } from './complaints.ts';
import { EdgeIntake } from './edge-intake.ts';
import type { UnitConfig } from './fleet.ts';
import type { HubBus } from './hub-bus.ts';
import { HubFleet } from './hub-fleet.ts';

/** A bus in memory: keeps what is retained and everything that was said; the test decides when it connects. */
class FakeBus implements HubBus {
  readonly retained = new Map<string, string>();
  readonly said: { readonly topic: string; readonly payload: string }[] = [];
  connected = true;
  readonly #listeners: (() => void)[] = [];

  async publish(topic: string, payload: string | Uint8Array, options: { readonly retain: boolean }): Promise<void> {
    const text = typeof payload === 'string' ? payload : new TextDecoder().decode(payload);
    this.said.push({ topic, payload: text });
    if (options.retain && text === '') this.retained.delete(topic);
    else if (options.retain) this.retained.set(topic, text);
  }
  async subscribe(): Promise<void> {}
  onConnected(listener: () => void): void {
    this.#listeners.push(listener);
    listener();
  }
  reconnect(): void {
    this.retained.clear();
    for (const listener of this.#listeners) listener();
  }
  async close(): Promise<void> {}
}

const unit = (id: string, edge: string | null = null, more: Partial<UnitConfig> = {}): UnitConfig => ({
  unit: id,
  edge,
  host: '192.0.2.7',
  tcpPort: 2255,
  ftpPort: 21,
  tcpEnabled: true,
  ftpEnabled: false,
  webEnabled: false,
  ftpUsername: null,
  ftpPassword: null,
  pollEnabled: true,
  pollIntervalSeconds: 1,
  monitorEnabled: true,
  acquisition: 'dod',
  timezone: null,
  ...more,
});

async function start(options: { readonly open?: boolean; readonly store?: MemoryFleetStore } = {}) {
  const clock = new FakeClock();
  const bus = new FakeBus();
  const store = options.store ?? new MemoryFleetStore();
  const mode = options.open === true ? 'none' : 'required';
  const access = new Access({ mode, store: new MemoryAccessStore(store), clock });
  const log = createLogger('test', 'silent');
  const metrics = createMetrics(false);
  const complaints = new Complaints({ clock, log, metrics });
  const fleet = await HubFleet.load({ bus, store, access, clock, log, metrics, complaints, boot: 'hub-boot' }, []);
  const frames: string[] = [];
  const intake = new EdgeIntake({
    fleet,
    metrics,
    complaints,
    frames: (topic) => void frames.push(`${topic.edge}/${topic.unit}/${topic.kind}`),
    adoptsEdges: options.open === true,
  });
  fleet.start();
  const hear = (topic: string, payload: object | string, retained = false): Promise<void> | void =>
    intake.receive({
      topic,
      payload: new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload)),
      retained,
    });
  const config = (edge: string): DesiredConfig =>
    desiredConfigSchema.parse(JSON.parse(bus.retained.get(topics.config(edge)) ?? ''));
  const demand = (edge: string): Demand => demandSchema.parse(JSON.parse(bus.retained.get(topics.demand(edge)) ?? ''));
  const refused = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await metrics.busRefused.get()).values.map((value) => [String(value.labels['reason']), value.value]));
  return { clock, bus, store, access, fleet, frames, hear, config, demand, refused };
}

const edgeState = (state: EdgeState['state'], boot = 'b1'): EdgeState => ({
  state,
  epoch: '01JD3AAAAAAAAAAAAAAAAAAAAA',
  boot,
  at: '2026-11-23T06:41:05.120Z',
  reason: 'test',
});
const unitState = (more: Partial<UnitState> = {}): UnitState => ({
  link: 'ok',
  since: '2026-11-23T06:41:05.120Z',
  last_ok: null,
  reachable: true,
  failures: 0,
  reason: null,
  run: 'Start',
  run_since: null,
  run_since_basis: null,
  owner: null,
  acquisition: 'dod',
  battery: null,
  power: null,
  sd_free_mb: null,
  garbled: 0,
  ...more,
});
/** Lets promises that are due run to their ends. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('HubFleet and configuration', () => {
  it('gives a unit to the only edge, keeps it there when a second edge comes, and tells each edge its own', async () => {
    const { fleet, config } = await start();
    await fleet.putUnit(unit('U1'));
    expect(fleet.unit('U1')?.config.edge).toBeNull();
    await fleet.enrolEdge('site-1');
    expect(fleet.unit('U1')?.config.edge).toBe('site-1');
    await fleet.enrolEdge('site-2');
    await fleet.putUnit(unit('U2', 'site-2'));
    await fleet.putUnit(unit('U3'));
    expect(['U1', 'U2', 'U3'].map((id) => fleet.unit(id)?.config.edge)).toEqual(['site-1', 'site-2', null]);
    expect(config('site-1').units.map((one) => one.unit)).toEqual(['U1']);
    expect(config('site-2').units.map((one) => one.unit)).toEqual(['U2']);
  });

  it('tells an edge where the card is whatever ftp_enabled says, with the credentials of a new meter where none are given', async () => {
    const { fleet, config } = await start();
    await fleet.enrolEdge('site-1');
    await fleet.putUnit(unit('U1', null, { ftpEnabled: false, ftpPort: 2121 }));
    await fleet.putUnit(unit('U2', null, { ftpEnabled: true, ftpUsername: 'me', ftpPassword: 'secret' }));
    expect(config('site-1').units.map((one) => one.ftp)).toEqual([
      { enabled: true, port: 2121, user: 'USER', password: '0000' },
      { enabled: true, port: 21, user: 'me', password: 'secret' },
    ]);
  });

  it('gives every change a higher revision, and the same one again at each connection', async () => {
    const { fleet, bus, config } = await start();
    await fleet.enrolEdge('site-1');
    const first = config('site-1').revision;
    await fleet.putUnit(unit('U1'));
    await fleet.putUnit(unit('U1', null, { tcpEnabled: false }));
    expect(config('site-1')).toMatchObject({
      revision: first + 2,
      units: [{ unit: 'U1', enabled: false, port: 2255 }],
    });
    bus.reconnect();
    await settle();
    expect(config('site-1')).toMatchObject({ revision: first + 2, units: [{ unit: 'U1' }] });
    expect(hubStateSchema.parse(JSON.parse(bus.retained.get(topics.hubState()) ?? ''))).toMatchObject({
      state: 'online',
      boot: 'hub-boot',
    });
  });

  it('asks for full pace where a unit is monitored, for its own pace where it is polled, and hardly ever else', async () => {
    const { fleet, config } = await start();
    await fleet.enrolEdge('site-1');
    await fleet.putUnit(unit('U1', null, { pollIntervalSeconds: 60 }));
    await fleet.putUnit(unit('U2', null, { pollIntervalSeconds: 60, monitorEnabled: false }));
    await fleet.putUnit(unit('U3', null, { pollEnabled: false, monitorEnabled: false }));
    expect(config('site-1').units.map((one) => [one.enabled, one.poll_interval_s])).toEqual([
      [true, 0],
      [true, 60],
      [true, 21_600],
    ]);
  });

  it('goes beyond the revision of an edge whose disk is newer than the hub', async () => {
    const { fleet, hear, config } = await start();
    await fleet.enrolEdge('site-1');
    await hear(topics.applied('site-1'), { revision: 70, at: '2026-11-23T06:41:05.120Z', error: null, units: {} });
    await settle();
    expect(config('site-1').revision).toBe(71);
    expect(fleet.edge('site-1')?.applied?.revision).toBe(70);
  });

  it('takes the unit from its former edge when it moves', async () => {
    const { fleet, hear, config, bus } = await start();
    await fleet.enrolEdge('site-1');
    await fleet.enrolEdge('site-2');
    await fleet.putUnit(unit('U1', 'site-1'));
    await hear(topics.unitState('site-1', 'U1'), unitState());
    await bus.publish(topics.unitState('site-1', 'U1'), 'x', { retain: true });
    await fleet.putUnit(unit('U1', 'site-2'));
    expect([config('site-1').units.length, config('site-2').units.length]).toEqual([0, 1]);
    expect(fleet.unit('U1')?.state).toBeNull();
    expect(bus.retained.has(topics.unitState('site-1', 'U1'))).toBe(false);
  });

  it('clears what the bus keeps of a deleted unit and of a deleted edge', async () => {
    const { fleet, bus, clock } = await start();
    await fleet.enrolEdge('site-1');
    await fleet.putUnit(unit('U1'));
    for (const topic of [
      topics.unitState('site-1', 'U1'),
      topics.unitInfo('site-1', 'U1'),
      topics.last('site-1', 'U1'),
      topics.edgeState('site-1'),
    ])
      await bus.publish(topic, 'kept', { retain: true });
    expect(await fleet.deleteUnit('U1')).toBe(true);
    expect(await fleet.deleteUnit('U1')).toBe(false);
    expect([...bus.retained.keys()].filter((topic) => topic.includes('U1'))).toEqual([]);
    expect(await fleet.deleteEdge('site-1')).toBe(true);
    clock.advance(60_000);
    await settle();
    expect([...bus.retained.keys()]).toEqual([topics.hubState()]);
  });

  it('leaves the units of a deleted edge without one, and lets nobody in with its secret', async () => {
    const { fleet, access } = await start();
    const { secret } = await fleet.enrolEdge('site-1');
    await fleet.putUnit(unit('U1'));
    const revoked: string[] = [];
    access.onRevoked({ edge: (edge) => revoked.push(edge) });
    expect((await access.brokerLogin('site-1', secret))?.identity).toEqual({ kind: 'edge', edge: 'site-1' });
    await fleet.deleteEdge('site-1');
    expect(await access.brokerLogin('site-1', secret)).toBeNull();
    expect(revoked).toEqual(['site-1']);
    expect(fleet.unit('U1')?.config.edge).toBeNull();
  });

  it('knows everything again after a restart', async () => {
    const { fleet, store } = await start();
    await fleet.enrolEdge('site-1');
    await fleet.putUnit(unit('U1'));
    const again = await start({ store });
    await settle();
    expect(again.fleet.units().map((view) => [view.config.unit, view.config.edge, view.edgeOnline])).toEqual([
      ['U1', 'site-1', false],
    ]);
    expect(again.config('site-1').revision).toBe(fleet.edge('site-1')?.config.revision);
  });

  it('says goodbye when it is closed', async () => {
    const { fleet, bus } = await start();
    await fleet.close();
    expect(JSON.parse(bus.retained.get(topics.hubState()) ?? '')).toMatchObject({ state: 'offline', boot: 'hub-boot' });
  });
});

describe('HubFleet and what edges say', () => {
  it('keeps the state of edges and units and tells its listeners', async () => {
    const { fleet, hear } = await start();
    await fleet.enrolEdge('site-1');
    await fleet.putUnit(unit('U1'));
    const heard: string[] = [];
    fleet.listen({
      edgeState: (edge, state) => void heard.push(`${edge} ${state.state}`),
      unitState: (id, state) => void heard.push(`${id} ${state?.link ?? 'nothing'}`),
    });
    await hear(topics.edgeState('site-1'), edgeState('online'));
    await hear(topics.unitState('site-1', 'U1'), unitState({ link: 'wedged' }));
    expect(fleet.unit('U1')).toMatchObject({ edgeOnline: true, state: { link: 'wedged' } });
    await hear(topics.unitState('site-1', 'U1'), '');
    expect(fleet.unit('U1')?.state).toBeNull();
    expect(heard).toEqual(['site-1 online', 'U1 wedged', 'U1 nothing']);
  });

  it('does not let a late last will of an earlier boot take an edge down', async () => {
    const { fleet, hear } = await start();
    await fleet.enrolEdge('site-1');
    await hear(topics.edgeState('site-1'), edgeState('online', 'b1'));
    await hear(topics.edgeState('site-1'), edgeState('online', 'b2'));
    await hear(topics.edgeState('site-1'), edgeState('offline', 'b1'));
    expect(fleet.edge('site-1')?.state).toMatchObject({ state: 'online', boot: 'b2' });
    await hear(topics.edgeState('site-1'), edgeState('offline', 'b2'));
    expect(fleet.edge('site-1')?.state?.state).toBe('offline');
  });

  it('believes an old "online" that the broker kept only when the edge is heard live', async () => {
    const { fleet, hear } = await start();
    await fleet.enrolEdge('site-1');
    await fleet.putUnit(unit('U1'));
    const births: string[] = [];
    fleet.listen({ edgeState: (edge, state) => void births.push(`${edge} ${state.boot}`) });
    await hear(topics.edgeState('site-1'), edgeState('online', 'b7'), true);
    await hear(topics.unitState('site-1', 'U1'), unitState(), true);
    expect([fleet.unit('U1')?.edgeOnline, fleet.edge('site-1')?.state, fleet.edge('site-1')?.lastSeenMs]).toEqual([
      false,
      null,
      null,
    ]);
    await hear(topics.dod('site-1', 'U1'), 'x');
    expect(fleet.unit('U1')).toMatchObject({ edgeOnline: true, state: { link: 'ok' } });
    expect(births).toEqual(['site-1 b7']);
  });

  it('counts garbage by reason, and it costs nothing else', async () => {
    const { fleet, hear, refused, frames } = await start();
    await fleet.enrolEdge('site-1');
    await fleet.enrolEdge('site-2');
    await fleet.putUnit(unit('U1', 'site-1'));
    await hear('slmm/v1/site-1/../../etc/passwd', 'x');
    await hear(topics.edgeState('site-1'), 'not json');
    await hear(topics.unitState('site-1', 'U1'), { link: 'ok' });
    await hear(topics.unitState('site-1', 'U9'), unitState());
    await hear(topics.unitState('site-2', 'U1'), unitState());
    await hear(topics.edgeState('stranger'), edgeState('online'));
    await hear(topics.dod('stranger', 'U1'), 'x');
    await hear(topics.dod('site-2', 'U1'), 'x');
    expect(await refused()).toEqual({
      'bad-topic': 1,
      'bad-payload': 2,
      'unknown-unit': 1,
      'foreign-unit': 2,
      'unknown-edge': 2,
    });
    expect(frames).toEqual([]);
    expect([fleet.edge('stranger'), fleet.unit('U1')?.state]).toEqual([null, null]);
  });

  it('hands frames on from the edge that has the unit, or had it, and for units that nobody ever had', async () => {
    const { fleet, hear, frames } = await start();
    await fleet.enrolEdge('site-1');
    await fleet.enrolEdge('site-2');
    await fleet.putUnit(unit('U1', 'site-1'));
    await fleet.putUnit(unit('U1', 'site-2'));
    await hear(topics.backfill('site-1', 'U1'), 'x');
    await hear(topics.dod('site-2', 'U1'), 'x');
    await hear(topics.dod('site-2', 'U7'), 'x');
    expect(frames).toEqual(['site-1/U1/backfill', 'site-2/U1/dod', 'site-2/U7/dod']);
  });

  it('takes an edge that was never enrolled where access is open', async () => {
    const { fleet, hear, frames, config } = await start({ open: true });
    await fleet.putUnit(unit('U1'));
    await Promise.all([hear(topics.edgeState('demo'), edgeState('online')), hear(topics.dod('demo', 'U1'), 'x')]);
    expect(fleet.unit('U1')).toMatchObject({ edgeOnline: true, config: { edge: 'demo' } });
    expect(frames).toEqual(['demo/U1/dod']);
    expect(config('demo').units.map((one) => one.unit)).toEqual(['U1']);
  });
});

describe('HubFleet and demand', () => {
  it('tells an edge that was just enrolled that nobody watches, as it tells all of them at its start', async () => {
    const { fleet, demand } = await start();
    await fleet.enrolEdge('site-1');
    expect(demand('site-1').units).toEqual({});
  });

  it('tells an edge who is watched, many changes in one message', async () => {
    const { fleet, demand, clock, bus } = await start();
    await fleet.enrolEdge('site-1');
    await fleet.putUnit(unit('U1'));
    await fleet.putUnit(unit('U2'));
    await settle();
    const before = bus.said.filter((one) => one.topic === topics.demand('site-1')).length;
    fleet.demand('U1', { watched: true, stream: false, send_above: null });
    fleet.demand('U2', { watched: true, stream: true, send_above: 80 });
    fleet.demand('U1', null);
    clock.advance(100);
    await settle();
    expect(demand('site-1').units).toEqual({ U2: { watched: true, stream: true, send_above: 80 } });
    expect(bus.said.filter((one) => one.topic === topics.demand('site-1')).length).toBe(before + 1);
  });
});

describe('HubFleet and commands', () => {
  const ready = async () => {
    const house = await start();
    await house.fleet.enrolEdge('site-1');
    await house.fleet.putUnit(unit('U1'));
    await house.hear(topics.edgeState('site-1'), edgeState('online'));
    return house;
  };
  const sent = (bus: FakeBus): { id: string; expires_at: string } =>
    JSON.parse(bus.said.find((one) => one.topic === topics.command('site-1'))?.payload ?? '{}');

  it('come back with the last reply of their edge', async () => {
    const { fleet, bus, hear } = await ready();
    const answer = fleet.command('U1', 'measure-start', { wait: true }, 'bob', 5_000);
    const { id, ...command } = sent(bus);
    expect(command).toMatchObject({
      unit: 'U1',
      op: 'measure-start',
      args: { wait: true },
      by: 'bob',
      // A little before the answer is given up, so that the edge's own words come in time.
      expires_at: '2026-01-01T00:00:04.500Z',
    });
    await hear(topics.reply('site-1'), { id, progress: { step: 'started', done: 1, of: 2 } });
    expect(fleet.commands('U1')).toMatchObject([
      { id, op: 'measure-start', by: 'bob', progress: { step: 'started' }, reply: null },
    ]);
    await hear(topics.reply('site-1'), { id, ok: true, result: { run: 'Start' } });
    expect(await answer).toEqual({ id, ok: true, result: { run: 'Start' } });
    expect(fleet.commands('U1')).toMatchObject([{ id, reply: { ok: true }, endedMs: expect.any(Number) }]);
  });

  it('may be of a whole edge: they name no unit, and an edge that is away cannot be asked', async () => {
    const { fleet, bus, hear } = await ready();
    const answer = fleet.orderEdge('site-1', 'standby', 'bob', 5_000);
    const { id, ...command } = sent(bus);
    expect(command).toMatchObject({ unit: null, op: 'standby', args: {}, by: 'bob' });
    await hear(topics.reply('site-1'), { id, ok: true, result: { standby: true, units: 1 } });
    expect(await answer).toEqual({ id, ok: true, result: { standby: true, units: 1 } });
    await hear(topics.edgeState('site-1'), edgeState('offline'));
    expect(await fleet.orderEdge('site-1', 'resume', 'bob', 5_000)).toMatchObject({ ok: false, error: { code: 'unreachable' } });
    expect(await fleet.orderEdge('nowhere', 'resume', 'bob', 5_000)).toMatchObject({ ok: false, error: { code: 'unreachable' } });
  });

  it('that take their time outlive a broken link, and end when the edge is started anew', async () => {
    const { fleet, hear } = await ready();
    const answer = fleet.command('U1', 'folder-get', { path: '/' }, 'bob', 600_000);
    await hear(topics.edgeState('site-1'), edgeState('offline'));
    await hear(topics.edgeState('site-1'), edgeState('online'));
    expect(fleet.commands('U1')).toMatchObject([{ reply: null }]);
    await hear(topics.edgeState('site-1'), { ...edgeState('online'), boot: 'another-boot' });
    expect(await answer).toMatchObject({
      ok: false,
      error: { code: 'unreachable', message: expect.stringContaining('started anew') },
    });
  });

  it('end with timeout when the edge says nothing, and a late reply does no harm', async () => {
    const { fleet, bus, hear, clock } = await ready();
    const answer = fleet.command('U1', 'clock-get', {}, 'bob', 5_000);
    clock.advance(5_000);
    expect(await answer).toMatchObject({ ok: false, error: { code: 'timeout' } });
    await hear(topics.reply('site-1'), { id: sent(bus).id, ok: true, result: null });
  });

  it('are answered at once when nobody can carry them out', async () => {
    const { fleet, hear, bus } = await ready();
    const code = async (id: string): Promise<unknown> => {
      const reply = await fleet.command(id, 'clock-get', {}, 'bob', 60_000);
      return 'ok' in reply && !reply.ok ? reply.error.code : reply;
    };
    expect(await code('U9')).toBe('unknown-unit');
    bus.connected = false;
    expect(await code('U1')).toBe('unreachable');
    bus.connected = true;
    const waiting = code('U1');
    await hear(topics.edgeState('site-1'), edgeState('offline'));
    expect(await waiting).toBe('unreachable');
    expect(await code('U1')).toBe('unreachable');
  });

  it('say why the edge does not run the unit, instead of asking it', async () => {
    const { fleet, hear, bus } = await ready();
    const revision = fleet.edge('site-1')?.config.revision ?? 0;
    const error = '10.0.0.1:2255 is the meter of U2 already; a meter takes one connection only.';
    const told = { at: '2026-11-23T06:00:01.000Z', error: null, units: { U1: { ok: false, error } } };
    await hear(topics.applied('site-1'), { ...told, revision: revision - 1 });
    void fleet.command('U1', 'clock-get', {}, 'bob', 60_000);
    expect(sent(bus)).toMatchObject({ op: 'clock-get' });
    await hear(topics.applied('site-1'), { ...told, revision });
    expect(await fleet.command('U1', 'battery-get', {}, 'bob', 60_000)).toMatchObject({
      ok: false,
      error: { code: 'disabled', message: error },
    });
  });

  it('refuse what could not be sent, an argument with a second line in it above all', async () => {
    const { fleet, bus } = await ready();
    const refused = { ok: false, error: { code: 'bad-args' } };
    expect(await fleet.command('U1', 'Not An Op\r\n', {}, 'bob', 1_000)).toMatchObject(refused);
    expect(await fleet.command('U1', 'clock-set', { long: 'x'.repeat(70_000) }, 'bob', 1_000)).toMatchObject(refused);
    const smuggled = { channel: 'Main)?\r\nMeasure,Stop' };
    for (const args of [smuggled, { deep: [smuggled] }])
      expect(await fleet.command('U1', 'frequency-weighting-get', args, 'bob', 1_000)).toMatchObject(refused);
    expect(bus.said.filter(({ topic }) => topic === topics.command('site-1'))).toEqual([]);
  });

  it('never take a reply from another edge', async () => {
    const { fleet, bus, hear, clock } = await ready();
    await fleet.enrolEdge('site-2');
    const answer = fleet.command('U1', 'clock-get', {}, 'bob', 1_000);
    await hear(topics.reply('site-2'), { id: sent(bus).id, ok: true, result: 'forged' });
    clock.advance(1_000);
    expect(await answer).toMatchObject({ ok: false, error: { code: 'timeout' } });
  });

  it('are refused as busy beyond a thousand', async () => {
    const { fleet, clock } = await ready();
    const waiting = Array.from({ length: 1_000 }, () => fleet.command('U1', 'clock-get', {}, 'bob', 1_000));
    expect(await fleet.command('U1', 'clock-get', {}, 'bob', 1_000)).toMatchObject({ ok: false, error: { code: 'busy' } });
    clock.advance(1_000);
    expect((await Promise.all(waiting)).length).toBe(1_000);
  });
});
