import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AlertStore,
  builtInRecord,
  type DatabasePlaces,
  MemoryAlertStore,
  openConfigDatabase,
  type OutboxEntry,
  PrismaAlertStore,
  receiverSchema,
  ruleSchema,
} from '@slmm/hub/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findPostgres, POSTGRES_MISSING, type PostgresCluster, startPostgres } from '../servers/postgres.ts';

const postgres = findPostgres();
if (postgres === null) console.warn(POSTGRES_MISSING);
let cluster: PostgresCluster | null = null;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  cluster = await startPostgres();
});
afterAll(async () => {
  for (const close of closing) await close();
  await cluster?.stop();
});

async function prisma(places: DatabasePlaces): Promise<AlertStore> {
  const database = await openConfigDatabase(places);
  closing.push(() => database.close());
  return new PrismaAlertStore(database.client);
}

function sqlite(): Promise<AlertStore> {
  const folder = mkdtempSync(join(tmpdir(), 'slmm-alerts-'));
  closing.push(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })));
  return prisma({ kind: 'sqlite', configFile: join(folder, 'hub.db'), readingsFile: join(folder, 'readings.db') });
}

const implementations: readonly (readonly [string, () => Promise<AlertStore>])[] = [
  ['in memory', () => Promise.resolve(new MemoryAlertStore())],
  ['Prisma on SQLite', sqlite],
  ...(postgres === null
    ? []
    : ([['Prisma on PostgreSQL', async () => prisma({ kind: 'postgres', url: (await cluster?.database()) ?? '' })]] as const)),
];

const rule = (id: string, unit = 'u1') =>
  ruleSchema.parse({ id, unit, name: id, metric: { kind: 'lp' }, levels: [{ name: 'warn', threshold: 70 }] });
const event = (id: string, onsetMs: number, more = {}) => ({ ...builtInRecord('no-data', 'u1', onsetMs, 'quiet'), id, ...more });
const entry = (id: string, more: Partial<OutboxEntry> = {}): OutboxEntry => ({
  id,
  event: 'e1',
  unit: 'u1',
  edge: 'site',
  rule: 'r1',
  receiver: 'ann',
  channel: 0,
  step: 'onset',
  level: 0,
  createdMs: 1000,
  dueMs: 1000,
  attempts: 0,
  state: 'waiting',
  reason: 'first-notification',
  detail: null,
  endedMs: null,
  message: null,
  ...more,
});
const nothing = { events: [], checkpoints: [], outbox: [] };

describe.each(implementations)('alert store %s', (_name, open) => {
  let store: AlertStore;
  beforeEach(async () => {
    store = await open();
  });

  it('keeps a rule, its number over rewordings, and the words of its former API', async () => {
    const first = await store.putRule(rule('a'), 5, { threshold_db: 70 });
    const second = await store.putRule(rule('b'), 6, null);
    expect(second.number).toBeGreaterThan(first.number);
    expect(await store.putRule({ ...rule('a'), name: 'other' }, 7, null)).toMatchObject({
      number: first.number,
      sinceMs: 7,
      legacy: null,
    });
    expect((await store.rules()).map((record) => record.rule.id)).toEqual(['a', 'b']);
    expect([await store.deleteRule('a'), await store.deleteRule('a')]).toEqual([true, false]);
  });

  it('keeps receivers and silences', async () => {
    const ann = receiverSchema.parse({ id: 'ann', name: 'Ann', channels: [{ kind: 'email', address: 'ann@example.org' }] });
    await store.putReceiver(ann);
    await store.putReceiver({ ...ann, name: 'Anne' });
    expect(await store.receivers()).toEqual([{ ...ann, name: 'Anne' }]);
    expect([await store.deleteReceiver('ann'), await store.deleteReceiver('ann')]).toEqual([true, false]);
    const silence = { id: 's', unit: null, rule: 'a', fromMs: 1, toMs: 2, reason: 'works', by: 'bob' };
    await store.putSilence(silence);
    expect(await store.silences()).toEqual([silence]);
    expect(await store.deleteSilence('s')).toBe(true);
  });

  it('finds events by unit, time and status, newest first, superseded ones only when asked', async () => {
    const events = [
      event('e1', 1000, { clearMs: 2000, status: 'cleared' }),
      event('e2', 3000),
      event('e3', 4000, { status: 'superseded' }),
      event('e4', 5000, { unit: 'u2' }),
    ];
    await store.commit({ ...nothing, events });
    const ids = async (query: Parameters<AlertStore['events']>[0]) => (await store.events(query)).map(({ record }) => record.id);
    expect(await ids({ limit: 10 })).toEqual(['e4', 'e2', 'e1']);
    expect(await ids({ limit: 10, superseded: true })).toEqual(['e4', 'e3', 'e2', 'e1']);
    expect(await ids({ unit: 'u1', fromMs: 2500, limit: 10 })).toEqual(['e2']);
    expect(await ids({ unit: 'u1', fromMs: 1500, limit: 10 })).toEqual(['e2', 'e1']);
    expect(await ids({ units: ['u2'], limit: 10 })).toEqual(['e4']);
    expect(await ids({ toMs: 3000, limit: 10 })).toEqual(['e1']);
    expect(await ids({ status: 'active', limit: 1 })).toEqual(['e4']);
  });

  it("keeps an event's number when its story goes on", async () => {
    await store.commit({ ...nothing, events: [event('e1', 1000)] });
    const before = await store.event('e1');
    await store.commit({ ...nothing, events: [event('e1', 1000, { status: 'cleared', clearMs: 9 })] });
    expect(await store.event('e1')).toMatchObject({ number: before?.number, record: { status: 'cleared' } });
    expect(await store.event('nobody')).toBeNull();
  });

  it('keeps one position and every gap of a unit, and forgets gaps from an instant on', async () => {
    const checkpoint = (atMs: number) => ({ atMs, states: {} });
    const of = (kind: 'gap' | 'position', atMs: number) => ({ unit: 'u1', kind, checkpoint: checkpoint(atMs) });
    await store.commit({ ...nothing, checkpoints: [of('position', 1), of('gap', 10), of('gap', 20)] });
    await store.commit({ ...nothing, checkpoints: [of('position', 2), of('gap', 30)], forgetGaps: [{ unit: 'u1', atMs: 20 }] });
    const found = (await store.checkpoints()).map((one) => `${one.kind} ${one.checkpoint.atMs}`);
    expect(found).toEqual(['position 2', 'gap 10', 'gap 30']);
  });

  it('leaves an outbox entry alone that is decided upon a second time', async () => {
    await store.commit({ ...nothing, outbox: [entry('n1'), entry('n2', { dueMs: 5000 })] });
    await store.updateOutbox([entry('n1', { state: 'delivered', attempts: 1 })]);
    await store.commit({ ...nothing, outbox: [entry('n1')] });
    expect((await store.due(2000, 10)).map((one) => one.id)).toEqual([]);
    expect((await store.due(5000, 10)).map((one) => one.id)).toEqual(['n2']);
    expect((await store.outbox({ event: 'e1', limit: 10 })).map((one) => `${one.id} ${one.state}`).sort()).toEqual([
      'n1 delivered',
      'n2 waiting',
    ]);
    expect(await store.outbox({ receiver: 'bob', limit: 10 })).toEqual([]);
    expect(await store.outbox({ sinceMs: 1001, limit: 10 })).toEqual([]);
  });
});
