/**
 * Sends what is due, tries again what failed, gives up in the end, and remembers it all on disk. A crash between any two steps neither loses a
 * notification nor sends two with different ids. Neighbours: planner.ts fills the outbox, channels deliver, message.ts words.
 */
import type { Clock, Logger } from '@slmm/shared';
import type { AlertStore, OutboxEntry } from '../alerts/alert-store.ts';
import type { ChannelSender, Delivery } from './channel.ts';
import { composeMessage, type Told } from './message.ts';
import type { Channel, Receiver } from './receiver.ts';
import { nextAttemptMs } from './standard-webhook.ts';

const LOOK_EVERY_MS = 500;
/** Entries looked at in one go; the rest waits its turn on disk. */
const MAX_DUE = 500;
/** Most steps told in one message. */
const MAX_GROUP = 50;
/** Messages under way at once: a slow receiver holds up one place, not the others. */
const MAX_SENDING = 16;

export interface OutboxDeps {
  readonly store: AlertStore;
  readonly senders: readonly ChannelSender[];
  readonly receiver: (id: string) => Receiver | null;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** A receiver's channel answered that it wants no more. */
  readonly disable: (receiver: Receiver, channel: number, reason: string) => Promise<void>;
}

export class Outbox {
  readonly #deps: OutboxDeps;
  /** Receivers and channels that are being served: their messages keep their order. */
  readonly #sending = new Map<string, Promise<void>>();
  #cancel: (() => void) | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;
  #looksAgain = false;
  #closed = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
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
    const due = await this.#deps.store.due(this.#deps.clock.nowMs(), MAX_DUE);
    const groups = new Map<string, OutboxEntry[]>();
    for (const entry of due) {
      // What was in a message once stays in it; the rest of a site travels together.
      const key = `${entry.receiver}/${entry.channel}/${entry.message ?? `new ${entry.edge ?? ''}`}`;
      groups.set(key, [...(groups.get(key) ?? []), entry]);
    }
    for (const entries of groups.values()) {
      const lane = `${entries[0]?.receiver}/${entries[0]?.channel}`;
      if (this.#sending.has(lane) || this.#sending.size >= MAX_SENDING) continue;
      const work = this.#send(entries.slice(0, MAX_GROUP)).catch((error: unknown) => {
        this.#deps.log.error({ err: error, lane }, 'a notification could not be handled; trying again');
      });
      this.#sending.set(lane, work);
      void work.finally(() => {
        this.#sending.delete(lane);
        // What came for this receiver meanwhile is due now.
        if (this.#cancel !== null && !this.#closed) this.nudge();
      });
    }
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    await this.#looking;
    while (this.#sending.size > 0) await Promise.all(this.#sending.values());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.settled();
  }

  async #send(entries: readonly OutboxEntry[]): Promise<void> {
    const { store, clock } = this.#deps;
    const first = entries[0];
    if (first === undefined) return;
    const receiver = this.#deps.receiver(first.receiver);
    const channel = receiver?.channels[first.channel];
    const unusable = this.#problem(receiver, channel);
    const told: Told[] = [];
    const events = new Map(
      (await store.eventsById(entries.map((entry) => entry.event))).map(({ record }) => [record.id, record]),
    );
    for (const entry of entries) {
      const record = events.get(entry.event);
      const reason =
        unusable ?? (record === undefined ? 'the event is gone' : await this.#outdated(entry, record.status !== 'active'));
      if (reason !== null || record === undefined)
        await store.updateOutbox([{ ...entry, state: 'dropped', detail: reason, endedMs: clock.nowMs() }]);
      else told.push({ entry, record });
    }
    const lead = told[0];
    if (lead === undefined || receiver === null || channel === undefined) return;

    // The message's id is on disk before anybody sees it.
    const id = lead.entry.message ?? lead.entry.id;
    const marked = told.map(({ entry }) => ({ ...entry, message: id, attempts: entry.attempts + 1 }));
    // Alone as well: after a crash an entry must not join others under an id that its receiver may have seen with it alone.
    await store.updateOutbox(marked);
    const delivery = await this.#deliver(composeMessage(id, told, receiver), channel, receiver);
    // One time for all: what travelled together is tried again together.
    const random = this.#deps.random();
    await store.updateOutbox(
      marked.map((entry) => this.#after(entry, delivery, Math.max(...marked.map((one) => one.attempts)), random)),
    );
    if (delivery.kind === 'rejected' && delivery.disable) await this.#deps.disable(receiver, first.channel, delivery.detail);
  }

  #problem(receiver: Receiver | null, channel: Channel | undefined): string | null {
    if (receiver === null || channel === undefined) return 'the receiver is gone';
    if (!receiver.enabled) return 'the receiver is switched off';
    return channel.kind === 'webhook' && channel.disabled !== null ? `the channel is switched off: ${channel.disabled}` : null;
  }

  /** Why a step need not be told any more: it waited for better times and is over, or its beginning was never told. */
  async #outdated(entry: OutboxEntry, over: boolean): Promise<string | null> {
    const waited = entry.reason === 'quiet-hours' || entry.reason === 'rate-cap';
    if (entry.step !== 'clear') return waited && over && entry.attempts === 0 ? 'it was over before it could be told' : null;
    if (!over) return 'it went on before its end was told';
    const others = await this.#deps.store.outbox({ event: entry.event, receiver: entry.receiver, limit: 100 });
    const beginnings = others.filter((other) => other.channel === entry.channel && other.step !== 'clear');
    return beginnings.length > 0 && beginnings.every((other) => other.state === 'dropped')
      ? 'its beginning was never told'
      : null;
  }

  async #deliver(message: ReturnType<typeof composeMessage>, channel: Channel, receiver: Receiver): Promise<Delivery> {
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
