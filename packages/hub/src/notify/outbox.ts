/**
 * Sends what is due, tries again what failed, gives up in the end, and remembers it all on disk. A crash between any two steps neither loses a
 * notification nor sends two with different ids. Neighbours: teller.ts fills the outbox, lanes.ts says what travels together, channels deliver, message.ts words.
 */
import type { Clock, Logger } from '@slmm/shared';
import type { AlertStore, Lane, OutboxEntry } from '../alerts/alert-store.ts';
import type { ChannelSender, Delivery, Message } from './channel.ts';
import { Lanes, MAX_GROUP } from './lanes.ts';
import { composeMessage, type PublicUrl, testMessage } from './message.ts';
import type { Channel, Receiver } from './receiver.ts';
import { nextAttemptMs } from './standard-webhook.ts';

const LOOK_EVERY_MS = 500;
/** Entries looked at in one go; the rest waits its turn on disk. */
const MAX_DUE = 500;
/** Messages under way at once: a slow receiver holds up one place, not the others. */
const MAX_SENDING = 16;

export interface OutboxDeps {
  readonly store: Pick<AlertStore, 'due' | 'unsent' | 'outbox' | 'outboxEntry' | 'updateOutbox'>;
  readonly senders: readonly ChannelSender[];
  readonly receiver: (id: string) => Receiver | null;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Where people find the page, for links in messages; default none. */
  readonly page?: PublicUrl;
  /** A receiver's channel answered that it wants no more. */
  readonly disable: (receiver: Receiver, channel: Channel, reason: string) => Promise<void>;
}

export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #lanes: Lanes;
  /** Lanes that are being served: their messages keep their order. */
  readonly #sending = new Map<string, { readonly lane: Lane; readonly work: Promise<void> }>();
  /** Lanes whose last message was delivered; after a start nobody knows. */
  readonly #working = new Set<string>();
  #cancel: (() => void) | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;
  #looksAgain = false;
  #closed = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
    this.#lanes = new Lanes(deps.store);
  }

  /** Something new is due: looks at once instead of at the next round. */
  nudge(): void {
    this.#cancel?.();
    this.#cancel = this.#deps.clock.after(0, () => this.start());
  }

  start(): void {
    if (this.#isLooking) this.#looksAgain = true;
    if (this.#closed || this.#isLooking) return;
    this.#isLooking = true;
    this.#looksAgain = false;
    this.#looking = this.look().catch((error: unknown) => {
      this.#deps.log.error({ err: error }, 'the outbox cannot be read; trying again');
    });
    void this.#looking.then(() => {
      this.#isLooking = false;
      if (!this.#closed) this.#cancel = this.#deps.clock.after(this.#looksAgain ? 0 : LOOK_EVERY_MS, () => this.start());
    });
  }

  /** One round: starts sending what is due and not under way. */
  async look(): Promise<void> {
    const busy = [...this.#sending.values()].map(({ lane }) => lane);
    const due = await this.#deps.store.due(this.#deps.clock.nowMs(), MAX_DUE, busy);
    for (const entry of due) {
      const lane: Lane = { receiver: entry.receiver, channel: entry.channel };
      const key = laneKey(lane);
      if (this.#sending.has(key) || this.#sending.size >= MAX_SENDING) continue;
      const work = this.#send(entry, lane).catch((error: unknown) => {
        this.#deps.log.error({ err: error, lane: key }, 'a notification could not be handled; trying again');
      });
      this.#sending.set(key, { lane, work });
      void work.finally(() => {
        this.#sending.delete(key);
        // What came for this receiver meanwhile is due now.
        if (this.#cancel !== null && !this.#closed) this.nudge();
      });
    }
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    await this.#looking;
    while (this.#sending.size > 0) await Promise.all([...this.#sending.values()].map(({ work }) => work));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.settled();
  }

  /** Sends the whole message of an entry again, under its former id, whatever became of it. Answers the entry, or `null` where there is none. */
  async replay(id: string): Promise<OutboxEntry | null> {
    const { store, clock } = this.#deps;
    const entry = await store.outboxEntry(id);
    if (entry === null) return null;
    const all = entry.message === null ? [entry] : await store.outbox({ message: entry.message, limit: MAX_GROUP });
    const again = all.map((one): OutboxEntry => {
      const fresh = { state: 'waiting', attempts: 0, dueMs: clock.nowMs(), endedMs: null, detail: 'sent again by hand' } as const;
      return { ...one, ...fresh };
    });
    await store.updateOutbox(again);
    this.nudge();
    return again.find((one) => one.id === id) ?? null;
  }

  /** Whether this hub is set up to send over such a channel. */
  carries(kind: Channel['kind']): boolean {
    return this.#deps.senders.some((sender) => sender.kind === kind);
  }

  /** Sends a message about no event over every channel of a receiver, now and once, and says what became of it, channel by channel. */
  test(receiver: Receiver): Promise<readonly Delivery[]> {
    const { clock, random, page } = this.#deps;
    const id = `ntf_test_${clock.nowMs().toString(36)}${Math.floor(random() * 1e9).toString(36)}`;
    const message = testMessage(id, receiver, clock.nowMs(), page ?? null);
    const sent = receiver.channels.map((channel): Promise<Delivery> => {
      const problem = problemOf(receiver, channel);
      return problem === null
        ? this.#deliver(message, channel, receiver)
        : Promise.resolve({ kind: 'rejected', detail: problem, disable: false });
    });
    return Promise.all(sent);
  }

  async #send(due: OutboxEntry, lane: Lane): Promise<void> {
    const { store } = this.#deps;
    const entries = await this.#lanes.messageOf(due, lane);
    const first = entries[0];
    if (first === undefined) return;
    const receiver = this.#deps.receiver(lane.receiver);
    const channel = receiver?.channels[lane.channel];
    const problem = problemOf(receiver, channel);
    if (problem !== null || receiver === null || channel === undefined) {
      await store.updateOutbox(
        entries.map((entry) => ({ ...entry, state: 'dropped', detail: problem, endedMs: this.#deps.clock.nowMs() })),
      );
      return;
    }
    // What travels in a message is on disk before anybody sees it: whoever tries again after a crash says the same under the same id.
    const id = first.message ?? first.id;
    const marked = entries.map((entry) => ({ ...entry, message: id, attempts: entry.attempts + 1 }));
    await store.updateOutbox(marked);
    const delivery = await this.#deliver(composeMessage(id, marked, receiver, this.#deps.page ?? null), channel, receiver);
    // One time for all: what travelled together is tried again together.
    const attempts = Math.max(...marked.map((entry) => entry.attempts));
    const random = this.#deps.random();
    await store.updateOutbox(marked.map((entry) => this.#after(entry, delivery, attempts, random)));
    const wasWorking = this.#working.delete(laneKey(lane));
    if (delivery.kind === 'delivered') this.#working.add(laneKey(lane));
    if (delivery.kind === 'delivered' && !wasWorking) await this.#lanes.bringForward(lane, this.#deps.clock.nowMs());
    if (delivery.kind === 'rejected' && delivery.disable) await this.#deps.disable(receiver, channel, delivery.detail);
  }

  async #deliver(message: Message, channel: Channel, receiver: Receiver): Promise<Delivery> {
    const sender = this.#deps.senders.find((one) => one.kind === channel.kind);
    if (sender === undefined)
      return { kind: 'rejected', detail: `the hub has no ${channel.kind} channel set up`, disable: false };
    try {
      return await sender.send(message, channel, receiver);
    } catch (error) {
      return { kind: 'failed', detail: error instanceof Error ? error.message : String(error), retryAfterS: null };
    }
  }

  #after(entry: OutboxEntry, delivery: Delivery, attempts: number, random: number): OutboxEntry {
    const nowMs = this.#deps.clock.nowMs();
    const detail = delivery.detail.slice(0, 500);
    if (delivery.kind === 'delivered') return { ...entry, state: 'delivered', detail, endedMs: nowMs };
    const retryAfterS = delivery.kind === 'failed' ? delivery.retryAfterS : null;
    const againMs = delivery.kind === 'failed' ? nextAttemptMs(attempts, nowMs, random, retryAfterS) : null;
    if (againMs === null) {
      this.#deps.log.warn(
        { notification: entry.id, receiver: entry.receiver, attempts: entry.attempts, detail },
        'gave up on a notification',
      );
      return { ...entry, state: 'gave-up', detail, endedMs: nowMs };
    }
    return { ...entry, dueMs: againMs, detail };
  }
}

/** Why nothing can be sent here; `null` when it can. */
function problemOf(receiver: Receiver | null, channel: Channel | undefined): string | null {
  if (receiver === null || channel === undefined) return 'the receiver is gone';
  if (!receiver.enabled) return 'the receiver is switched off';
  return channel.kind === 'webhook' && channel.disabled !== null ? `the channel is switched off: ${channel.disabled}` : null;
}

const laneKey = ({ receiver, channel }: Lane): string => `${receiver}/${channel}`;
