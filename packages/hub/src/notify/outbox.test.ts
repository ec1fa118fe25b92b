import { createLogger, FakeClock } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { MemoryAlertStore } from '../adapters/memory/memory-alert-store.ts';
import type { OutboxEntry } from '../alerts/alert-store.ts';
import type { ChannelSender, Delivery, Message } from './channel.ts';
import { Outbox } from './outbox.ts';
import { entryExample } from './outbox-example.ts';
import { type Receiver, receiverSchema } from './receiver.ts';

const log = createLogger('test', 'silent');
const entry = entryExample;

async function harness(answers: (Delivery | 'crash')[], entries: readonly OutboxEntry[]) {
  const clock = new FakeClock();
  const store = new MemoryAlertStore();
  await store.commit({ events: [], outbox: entries, checkpoints: [] });
  const sent: Message[] = [];
  const disabled: string[] = [];
  const receiver: Receiver = receiverSchema.parse({ id: 'ann', name: 'Ann', channels: [{ kind: 'log' }] });
  const sender: ChannelSender = {
    kind: 'log',
    send(message) {
      sent.push(message);
      const answer = answers.shift() ?? { kind: 'delivered', detail: 'ok' };
      return answer === 'crash' ? Promise.reject(new Error('crash')) : Promise.resolve(answer);
    },
  };
  const create = (): Outbox =>
    new Outbox({
      store,
      clock,
      log,
      random: () => 0,
      senders: [sender],
      receiver: (id) => (id === 'ann' ? receiver : null),
      disable: (_receiver, channel, reason) => Promise.resolve(void disabled.push(`${channel.kind} ${reason}`)),
    });
  let outbox = create();
  const round = async (): Promise<void> => {
    await outbox.look();
    await outbox.settled();
  };
  const states = async (): Promise<string[]> =>
    (await store.outbox({ limit: 10 })).map((one) => `${one.id} ${one.state} ${one.attempts}`).sort();
  /** Messages as `id: events in them`. */
  const messages = (): string[] =>
    sent.map(({ id, data }) => {
      const { alerts } = data['data'] as { alerts: { event_id: string }[] };
      return `${id}: ${alerts.map(({ event_id: event }) => event).join(' ')}`;
    });
  const restart = (): void => {
    outbox = create();
  };
  const replay = (id: string) => outbox.replay(id);
  const test = () => outbox.test(receiver);
  return { clock, store, sent, disabled, round, states, messages, restart, replay, test };
}

const failed: Delivery = { kind: 'failed', detail: 'HTTP 500', retryAfterS: null };

describe('outbox', () => {
  it('sends once what is delivered', async () => {
    const { sent, round, states } = await harness([], [entry('n1')]);
    await round();
    await round();
    expect(sent.map((message) => message.id)).toEqual(['n1']);
    expect(await states()).toEqual(['n1 delivered 1']);
  });

  it('tries again with the same id after the pause of the specification, and gives up in the end', async () => {
    const { clock, sent, round, states } = await harness(
      Array.from({ length: 10 }, () => failed),
      [entry('n1')],
    );
    for (let attempt = 0; attempt < 12; attempt += 1) {
      await round();
      clock.advance(90_000_000);
    }
    expect(sent).toHaveLength(10);
    expect(new Set(sent.map((message) => message.id))).toEqual(new Set(['n1']));
    expect(await states()).toEqual(['n1 gave-up 10']);
  });

  it('does not try before the pause is over', async () => {
    const { clock, sent, round } = await harness([failed], [entry('n1')]);
    await round();
    clock.advance(4_900);
    await round();
    expect(sent).toHaveLength(1);
    clock.advance(200);
    await round();
    expect(sent).toHaveLength(2);
  });

  it('tells what waits to be told of one site in one message, due or not, and keeps it together when it has to try again', async () => {
    const { clock, round, store, messages } = await harness(
      [failed],
      [
        entry('n1', { event: 'e1' }),
        entry('n2', { event: 'e2', dueMs: Date.UTC(2026, 1, 1) }),
        entry('n3', { event: 'e3', edge: 'other' }),
      ],
    );
    await round();
    await store.commit({ events: [], checkpoints: [], outbox: [entry('n4', { event: 'e4' })] });
    clock.advance(6_000);
    for (let turn = 0; turn < 3; turn += 1) await round();
    expect(messages().sort()).toEqual(['n1: e1 e2', 'n1: e1 e2', 'n3: e3', 'n4: e4']);
  });

  it('says the same under the same id after a crash, whatever has come meanwhile', async () => {
    const { clock, round, store, messages, restart } = await harness([], [entry('n1', { event: 'e1' })]);
    // On disk as sent, and killed before the answer came.
    await store.updateOutbox([entry('n1', { event: 'e1', message: 'n1', attempts: 1 })]);
    await store.commit({ events: [], checkpoints: [], outbox: [entry('n2', { event: 'e2' })] });
    restart();
    await round();
    await round();
    expect(messages()).toEqual(['n1: e1', 'n2: e2']);
    clock.advance(1000);
    expect(await store.due(clock.nowMs(), 10)).toEqual([]);
  });

  it('keeps to at most fifty in one message', async () => {
    const many = Array.from({ length: 60 }, (_, index) => entry(`n${index}`, { createdMs: index }));
    const { sent, round } = await harness([], many);
    await round();
    await round();
    expect(sent.map(({ subject }) => subject)).toEqual(['[50 WARN] 50 alerts at site', '[10 WARN] 10 alerts at site']);
  });

  it('tells the end of an event only when its beginning was told, or given up, and other news meanwhile', async () => {
    const over = entry('m2', { event: 'e1', step: 'clear', place: 1 });
    const { clock, round, store, messages, states } = await harness([failed, failed], [entry('n1', { event: 'e1' })]);
    await round();
    await store.commit({ events: [], checkpoints: [], outbox: [over] });
    clock.advance(3_000);
    for (let turn = 0; turn < 3; turn += 1) await round();
    expect(messages()).toEqual(['n1: e1']);
    clock.advance(3_000);
    await round();
    await store.commit({ events: [], checkpoints: [], outbox: [entry('n3', { event: 'e3', edge: 'other', createdMs: 9 })] });
    await round();
    expect(messages()).toEqual(['n1: e1', 'n1: e1', 'n3: e3']);
    await round();
    clock.advance(1);
    await round();
    expect(messages()).toEqual(['n1: e1', 'n1: e1', 'n3: e3', 'n1: e1', 'm2: e1']);
    expect(await states()).toEqual(['m2 delivered 1', 'n1 delivered 3', 'n3 delivered 1']);
  });

  it('tells at once that an event has grown, also while its beginning waits to be tried again', async () => {
    const { clock, round, store, messages } = await harness([failed, failed], [entry('n1', { event: 'e1' })]);
    await round();
    clock.advance(6_000);
    await round();
    const grown = entry('n2', { event: 'e1', step: 'level-up', place: 1, createdMs: clock.nowMs() });
    await store.commit({ events: [], checkpoints: [], outbox: [grown] });
    await round();
    expect(messages()).toEqual(['n1: e1', 'n1: e1', 'n2: e1']);
  });

  it('tells nothing past an end that waits to be tried again, or it would be taken for the end of that', async () => {
    const over = entry('n1', { event: 'e1', step: 'clear', place: 1, message: 'n1', attempts: 2, dueMs: Date.UTC(2100, 0) });
    const later = [
      entry('n2', { event: 'e1', step: 'reopen', place: 2 }),
      entry('n3', { event: 'e1', step: 'level-up', place: 3 }),
    ];
    const { round, messages } = await harness([], [over, ...later]);
    await round();
    expect(messages()).toEqual([]);
  });

  it('tries again at once what had failed when its channel works again', async () => {
    const { clock, round, store, messages } = await harness([failed, failed, failed], [entry('n1', { event: 'e1' })]);
    for (const pauseMs of [5_100, 330_000, 1]) {
      await round();
      clock.advance(pauseMs);
    }
    await store.commit({ events: [], checkpoints: [], outbox: [entry('n2', { event: 'e2', createdMs: clock.nowMs() })] });
    await round();
    await round();
    expect(messages().slice(3)).toEqual(['n2: e2', 'n1: e1']);
  });

  it('tries again at once what had failed before a restart', async () => {
    const tried = entry('n1', { event: 'e1', message: 'n1', attempts: 3, dueMs: Date.UTC(2100, 0) });
    const { round, messages } = await harness([], [tried, entry('n2', { event: 'e2' })]);
    await round();
    await round();
    expect(messages()).toEqual(['n2: e2', 'n1: e1']);
  });

  it('tries again at once what had failed, however much waits beside it and elsewhere', async () => {
    const later = { attempts: 1, dueMs: Date.UTC(2100, 0) };
    const elsewhere = Array.from({ length: 600 }, (_, place) =>
      entry(`o${place}`, { receiver: 'bob', event: `o${place}`, message: `o${place}`, ...later, dueMs: later.dueMs - 1 }),
    );
    const here = Array.from({ length: 600 }, (_, place) =>
      entry(`h${place}`, { event: `h${place}`, message: `h${place}`, ...later }),
    );
    const { round, sent } = await harness([], [...elsewhere, ...here, entry('n1', { event: 'e1' })]);
    for (let turn = 0; turn < 601; turn += 1) await round();
    expect(sent).toHaveLength(601);
  });

  it('sends a whole message again by hand, under its id', async () => {
    const { round, messages, replay, states } = await harness([], [entry('n1', { event: 'e1' }), entry('n2', { event: 'e2' })]);
    await round();
    expect((await replay('n2'))?.state).toBe('waiting');
    await round();
    expect(messages()).toEqual(['n1: e1 e2', 'n1: e1 e2']);
    expect(await states()).toEqual(['n1 delivered 1', 'n2 delivered 1']);
    expect(await replay('nobody')).toBeNull();
  });

  it('tries out a receiver once, beside all that waits, and says what came of it', async () => {
    const { sent, states, test } = await harness([failed, 'crash'], []);
    expect(await test()).toEqual([failed]);
    expect(await test()).toMatchObject([{ kind: 'failed', detail: 'crash' }]);
    expect(await test()).toEqual([{ kind: 'delivered', detail: 'ok' }]);
    expect(sent[2]).toMatchObject({ subject: '[TEST] Alerts for Ann', data: { type: 'alert.test', data: { alerts: [] } } });
    expect(await states()).toEqual([]);
  });

  it('survives a channel that throws', async () => {
    const { clock, round, states } = await harness(['crash'], [entry('n1')]);
    await round();
    clock.advance(6_000);
    await round();
    expect(await states()).toEqual(['n1 delivered 2']);
  });

  it('switches a channel off that wants no more', async () => {
    const { round, disabled, states } = await harness([{ kind: 'rejected', detail: 'HTTP 410', disable: true }], [entry('n1')]);
    await round();
    expect(disabled).toEqual(['log HTTP 410']);
    expect(await states()).toEqual(['n1 gave-up 1']);
  });

  it('drops what is meant for a receiver that is gone', async () => {
    const { round, states } = await harness([], [entry('n1', { receiver: 'bob' })]);
    await round();
    expect(await states()).toEqual(['n1 dropped 0']);
  });
});
