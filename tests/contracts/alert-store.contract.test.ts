import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AlertStore,
  builtInRecord,
  type DatabasePlaces,
  emptyCheckpoint,
  entryExample,
  type FormerWording,
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
const entry = (id: string, more: Partial<OutboxEntry> = {}): OutboxEntry =>
  entryExample(id, { createdMs: 1000, dueMs: 1000, ...more });
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

  it('keeps what a rule said before, also when the rule is gone, until nobody needs it', async () => {
    const former = (id: string, sinceMs: number, untilMs: number, unit = 'u1'): FormerWording => ({
      rule: rule(id, unit),
      zone: 'Europe/Berlin',
      sinceMs,
      untilMs,
      endReason: id === 'a' ? 'rule_changed' : 'rule_disabled',
    });
    await store.putRule(rule('a'), 5, null);
    await store.putRule(rule('a'), 10, null, former('a', 5, 10));
    await store.putRule(rule('a'), 20, null, former('a', 10, 20));
    await store.putRule(rule('b', 'u2'), 5, null);
    expect(await store.deleteRule('b', former('b', 5, 30, 'u2'))).toBe(true);
    const told = async (): Promise<string[]> =>
      (await store.formerWordings())
        .map((one) => `${one.rule.id} ${one.sinceMs}-${one.untilMs} ${one.zone} ${one.endReason}`)
        .sort();
    expect(await told()).toEqual([
      'a 10-20 Europe/Berlin rule_changed',
      'a 5-10 Europe/Berlin rule_changed',
      'b 5-30 Europe/Berlin rule_disabled',
    ]);
    await store.forgetWordings({ beforeMs: 20 });
    expect(await told()).toEqual(['a 10-20 Europe/Berlin rule_changed', 'b 5-30 Europe/Berlin rule_disabled']);
    await store.forgetWordings({ unit: 'u2' });
    expect(await told()).toEqual(['a 10-20 Europe/Berlin rule_changed']);
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

  it('goes through lists page by page, also where many are of one instant', async () => {
    await store.commit({
      ...nothing,
      events: [event('a', 1000), event('b', 2000), event('c', 2000), event('d', 2000), event('e', 3000)],
      outbox: ['n1', 'n2', 'n3', 'n4'].map((id) => entry(id, { createdMs: id === 'n4' ? 2000 : 1000 })),
    });
    const events: string[] = [];
    for (let after: Parameters<AlertStore['events']>[0]['after']; ;) {
      const page = await store.events({ limit: 2, ...(after === undefined ? {} : { after }) });
      const last = page.at(-1);
      if (last === undefined) break;
      events.push(...page.map(({ record }) => record.id));
      after = { onsetMs: last.record.onsetMs, number: last.number };
    }
    expect(events.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect([events[0], events[4]]).toEqual(['e', 'a']);
    const log: string[] = [];
    for (let after: Parameters<AlertStore['outbox']>[0]['after']; ;) {
      const page = await store.outbox({ limit: 1, ...(after === undefined ? {} : { after }) });
      const last = page.at(-1);
      if (last === undefined) break;
      log.push(last.id);
      after = last;
    }
    expect(log).toEqual(['n4', 'n1', 'n2', 'n3']);
  });

  it("keeps an event's number when its story goes on", async () => {
    await store.commit({ ...nothing, events: [event('e1', 1000)] });
    const before = await store.event('e1');
    await store.commit({ ...nothing, events: [event('e1', 1000, { status: 'cleared', clearMs: 9 })] });
    expect(await store.event('e1')).toMatchObject({ number: before?.number, record: { status: 'cleared' } });
    expect(await store.event('nobody')).toBeNull();
  });

  it('knows of which events somebody is still to be told, whether they are on or over', async () => {
    const telling = { messages: 1, level: 'warn', ended: false, reason: 'may-go-on' as const, atMs: 1, waits: null };
    const waiting = { ...telling, waits: { untilMs: 5 } };
    await store.commit({
      ...nothing,
      events: [
        event('e1', 1000, { tellings: { ann: telling } }),
        event('e2', 2000, { status: 'cleared', clearMs: 3000, tellings: { ann: telling, bob: waiting } }),
        event('e3', 3000, { tellings: { ann: waiting } }),
      ],
    });
    expect((await store.owedEvents(10)).map(({ id }) => id)).toEqual(['e3', 'e2']);
    expect((await store.owedEvents(1)).map(({ id }) => id)).toEqual(['e3']);
    await store.commit({ ...nothing, events: [event('e3', 3000, { tellings: { ann: telling } })] });
    expect((await store.owedEvents(10))[0]?.tellings).toEqual({ ann: telling, bob: waiting });
  });

  it('keeps one position, one of conditions and every gap of a unit, and forgets gaps from an instant on', async () => {
    const of = (kind: 'gap' | 'position' | 'conditions', atMs: number) => ({
      unit: 'u1',
      kind,
      checkpoint: emptyCheckpoint(atMs),
    });
    await store.commit({ ...nothing, checkpoints: [of('position', 1), of('gap', 10), of('gap', 20), of('conditions', 3)] });
    await store.commit({
      ...nothing,
      checkpoints: [{ ...of('position', 2), heard: { '01TEST': [[1, 7]] } }, of('gap', 30), of('conditions', 4)],
      forgetGaps: [{ unit: 'u1', atMs: 20 }],
    });
    const found = (await store.checkpoints()).map((one) => `${one.kind} ${one.checkpoint.atMs}`);
    expect(found.sort()).toEqual(['conditions 4', 'gap 10', 'gap 30', 'position 2']);
    expect((await store.checkpoints()).find(({ kind }) => kind === 'position')?.heard).toEqual({ '01TEST': [[1, 7]] });
    await store.commit({ ...nothing, checkpoints: [], dropGaps: [{ unit: 'u1', atMs: 10 }] });
    expect((await store.checkpoints()).filter(({ kind }) => kind === 'gap')).toHaveLength(1);
    await store.deleteCheckpoints('u1');
    expect(await store.checkpoints()).toEqual([]);
  });

  it('finds what waits in a lane, and what was never sent about a site', async () => {
    const outbox = [
      entry('n1', { dueMs: 10 }),
      entry('n2', { dueMs: 20, channel: 1 }),
      entry('n3', { dueMs: 30, edge: 'other', createdMs: 3000 }),
      entry('n4', { dueMs: 99_000, createdMs: 2000 }),
      entry('n5', { dueMs: 40, message: 'n5' }),
      entry('n6', { dueMs: 50, edge: null }),
    ];
    await store.commit({ ...nothing, outbox });
    const ids = (entries: readonly OutboxEntry[]): string[] => entries.map(({ id }) => id);
    expect(ids(await store.due(60, 10))).toEqual(['n1', 'n2', 'n3', 'n5', 'n6']);
    expect(ids(await store.due(60, 10, [{ receiver: 'ann', channel: 0 }]))).toEqual(['n2']);
    expect(
      ids(
        await store.due(60, 10, [
          { receiver: 'ann', channel: 0 },
          { receiver: 'ann', channel: 1 },
        ]),
      ),
    ).toEqual([]);
    const lane = { receiver: 'ann', channel: 0 };
    expect(ids(await store.unsent(lane, 'site', 10))).toEqual(['n1', 'n4']);
    expect(ids(await store.unsent(lane, null, 10))).toEqual(['n6']);
    expect(ids(await store.outbox({ message: 'n5', limit: 10 }))).toEqual(['n5']);
    expect(ids(await store.outbox({ units: ['u2'], limit: 10 }))).toEqual([]);
    expect(await store.outboxEntry('n4')).toEqual(outbox[3]);
  });

  it('deletes what is over and old, and nothing else', async () => {
    const telling = { messages: 0, level: null, ended: false, reason: 'quiet-hours' as const, atMs: 1, waits: { untilMs: 5 } };
    await store.commit({
      ...nothing,
      events: [
        event('on', 1000),
        event('over', 1000, { status: 'cleared', clearMs: 2000 }),
        event('owed', 1000, { status: 'cleared', clearMs: 2000, tellings: { ann: telling } }),
        event('new', 9000, { status: 'cleared', clearMs: 9500 }),
      ],
      outbox: [entry('waits'), entry('sent', { state: 'delivered' }), entry('later', { state: 'delivered', createdMs: 9000 })],
    });
    for (const [id, toMs] of Object.entries({ past: 4000, present: 6000 }))
      await store.putSilence({ id, unit: null, rule: null, fromMs: 1, toMs, reason: 'works', by: 'bob' });
    await store.forget({ eventsBeforeMs: 5000, outboxBeforeMs: 5000, silencesBeforeMs: 5000 });
    expect((await store.silences()).map(({ id }) => id)).toEqual(['present']);
    expect((await store.events({ limit: 10 })).map(({ record }) => record.id).sort()).toEqual(['new', 'on', 'owed']);
    expect((await store.outbox({ limit: 10 })).map(({ id }) => id).sort()).toEqual(['later', 'waits']);
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
