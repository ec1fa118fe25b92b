import { FakeClock } from '@slmm/shared';
import { createLogger } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { MemoryAlertStore } from '../adapters/memory/memory-alert-store.ts';
import type { OutboxEntry } from '../alerts/alert-store.ts';
import { builtInRecord } from '../alerts/built-in.ts';
import type { ChannelSender, Delivery, Message } from './channel.ts';
import { Outbox } from './outbox.ts';
import { type Receiver, receiverSchema } from './receiver.ts';

const log = createLogger('test', 'silent');
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
  createdMs: 0,
  dueMs: 0,
  attempts: 0,
  state: 'waiting',
  reason: 'first-notification',
  detail: null,
  endedMs: null,
  message: null,
  ...more,
});

async function harness(answers: (Delivery | 'crash')[], entries: readonly OutboxEntry[], cleared = false) {
  const clock = new FakeClock();
  const store = new MemoryAlertStore();
  const record = {
    ...builtInRecord('no-data', 'u1', 0, ''),
    id: 'e1',
    rule: 'r1',
    ...(cleared ? { status: 'cleared' as const, clearMs: 1 } : {}),
  };
  await store.commit({ events: [record], outbox: entries, checkpoints: [] });
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
  const outbox = new Outbox({
    store,
    clock,
    log,
    random: () => 0,
    senders: [sender],
    receiver: (id) => (id === 'ann' ? receiver : null),
    disable: (_receiver, channel, reason) => Promise.resolve(void disabled.push(`${channel} ${reason}`)),
  });
  const round = async (): Promise<void> => {
    await outbox.look();
    await outbox.settled();
  };
  const states = async (): Promise<string[]> =>
    (await store.outbox({ limit: 10 })).map((one) => `${one.id} ${one.state} ${one.attempts}`).sort();
  return { clock, store, sent, disabled, round, states };
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

  it('tells the alerts of one site in one message, and keeps them together when it has to try again', async () => {
    const { clock, sent, round, store } = await harness(
      [failed],
      [entry('n1'), entry('n2', { step: 'level-up' }), entry('n3', { edge: 'other' })],
    );
    await round();
    await store.commit({ events: [], checkpoints: [], outbox: [entry('n4')] });
    clock.advance(6_000);
    await round();
    await round();
    await round();
    const messages = sent.map((message) => `${message.id}: ${(message.data['data'] as { alerts: unknown[] }).alerts.length}`);
    expect(messages.filter((text) => text === 'n1: 2')).toHaveLength(2);
    expect(messages).toContain('n3: 1');
    expect(messages).toContain('n4: 1');
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
    expect(disabled).toEqual(['0 HTTP 410']);
    expect(await states()).toEqual(['n1 gave-up 1']);
  });

  it('does not wake anybody after the quiet hours for what is over, and then not for its end either', async () => {
    const { round, sent, states } = await harness(
      [],
      [entry('n1', { reason: 'quiet-hours' }), entry('n2', { step: 'clear', reason: 'end-of-what-was-told' })],
      true,
    );
    await round();
    await round();
    expect(sent).toEqual([]);
    expect(await states()).toEqual(['n1 dropped 0', 'n2 dropped 0']);
  });

  it('drops what is meant for a receiver that is gone', async () => {
    const { round, states } = await harness([], [entry('n1', { receiver: 'bob' })]);
    await round();
    expect(await states()).toEqual(['n1 dropped 0']);
  });
});
