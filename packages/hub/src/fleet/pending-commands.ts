/** Commands that were sent to edges and wait for their last reply. Neighbours: hub-fleet.ts sends them and hands in the replies. */
import type { CommandError, Reply } from '@slmm/protocol';
import type { Clock } from '@slmm/shared';
import type { EndedReply } from './command-records.ts';

/** Most commands waiting at once, over all edges; one more is answered `busy`. */
const MAX_PENDING = 1_000;

interface Pending {
  readonly edge: string;
  readonly answer: (reply: EndedReply) => void;
  readonly cancelTimer: () => void;
  readonly outlivesLink: boolean;
}

/** An answer that the hub gives itself. */
export function failedReply(id: string, code: CommandError['code'], message: string): EndedReply {
  return { id, ok: false, error: { code, message: message.slice(0, 500), result_code: null } };
}

export class PendingCommands {
  readonly #clock: Clock;
  readonly #byId = new Map<string, Pending>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isFull(): boolean {
    return this.#byId.size >= MAX_PENDING;
  }

  /**
   * Waits for the last reply to `id`; `timeout` answers when none came within `waitMs`.
   * With `outlivesLink` an edge that goes away may come back with the answer: it brings files to their end over any number of connections.
   */
  wait(id: string, edge: string, waitMs: number, outlivesLink = false): Promise<EndedReply> {
    return new Promise((resolve) => {
      const cancelTimer = this.#clock.after(waitMs, () => {
        const message = `edge ${edge} did not answer within ${waitMs} ms; the command may still be carried out`;
        this.#settle(id, failedReply(id, 'timeout', message));
      });
      this.#byId.set(id, { edge, answer: resolve, cancelTimer, outlivesLink });
    });
  }

  /** Takes a reply from an edge. Replies of another edge than the one asked, to unknown ids and after the time are ignored; progress is not the end. */
  take(edge: string, reply: Reply): void {
    if ('progress' in reply || this.#byId.get(reply.id)?.edge !== edge) return;
    this.#settle(reply.id, reply);
  }

  /** Answers what waits for this edge, or for any (`null`). */
  fail(edge: string | null, message: string, which: 'all' | 'but-what-outlives-the-link'): void {
    for (const [id, pending] of this.#byId) {
      if (edge !== null && pending.edge !== edge) continue;
      if (which === 'all' || !pending.outlivesLink) this.#settle(id, failedReply(id, 'unreachable', message));
    }
  }

  #settle(id: string, reply: EndedReply): void {
    const pending = this.#byId.get(id);
    if (pending === undefined) return;
    this.#byId.delete(id);
    pending.cancelTimer();
    pending.answer(reply);
  }
}
