/** The way of a command to an edge and of its answer back. Neighbours: hub-fleet.ts asks, edge-reports.ts hands in replies. */
import { randomUUID } from 'node:crypto';
import { type Command, commandSchema, type Reply, topics } from '@slmm/protocol';
import { type Clock, toInstant } from '@slmm/shared';
import type { Metrics } from '../metrics.ts';
import type { FleetViews } from './fleet-views.ts';
import type { HubBus } from './hub-bus.ts';
import { failedReply, PendingCommands } from './pending-commands.ts';

/** Longest command as JSON, characters. */
const MAX_COMMAND_LENGTH = 65_536;

export interface CommandSenderParts {
  readonly bus: HubBus;
  readonly views: FleetViews;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** What takes minutes goes on at the edge while the link is broken, and is answered when it is back. */
const OUTLIVE_LINK: ReadonlySet<string> = new Set(['file-get', 'folder-get', 'cycle-start', 'cycle-stop']);

export class CommandSender {
  readonly #parts: CommandSenderParts;
  readonly #pending: PendingCommands;

  constructor(parts: CommandSenderParts) {
    this.#parts = parts;
    this.#pending = new PendingCommands(parts.clock);
  }

  /** Never rejects. Where nobody could carry the command out, the answer comes at once. */
  async send(unit: string, op: string, args: Command['args'], by: string, waitMs: number): Promise<Reply> {
    const reply = await this.#send(unit, op, args, by, waitMs);
    this.#parts.metrics.commands.inc({ outcome: 'ok' in reply && !reply.ok ? reply.error.code : 'ok' });
    return reply;
  }

  take(edge: string, reply: Reply): void {
    this.#pending.take(edge, reply);
  }

  /** Answers everything that waits for this edge (`null`: for all of them). */
  fail(edge: string | null, message: string): void {
    this.#pending.fail(edge, message);
  }

  async #send(unit: string, op: string, args: Command['args'], by: string, waitMs: number): Promise<Reply> {
    const { bus, views, clock } = this.#parts;
    const id = randomUUID();
    const view = views.unit(unit);
    const edge = view?.config.edge ?? null;
    if (view === null) return failedReply(id, 'unknown-unit', `there is no unit ${unit}`);
    if (edge === null) return failedReply(id, 'unreachable', `unit ${unit} hangs on no edge; give it one`);
    if (!view.edgeOnline) return failedReply(id, 'unreachable', `edge ${edge} of unit ${unit} is not connected`);
    if (!bus.connected) return failedReply(id, 'unreachable', 'the hub is not connected to its broker');
    if (this.#pending.isFull) return failedReply(id, 'busy', 'too many commands are waiting for an answer; try again later');
    const expires_at = toInstant(clock.nowMs() + waitMs);
    const command = commandSchema.safeParse({ id, unit, op, args, by: by.slice(0, 100), expires_at });
    const text = command.success ? JSON.stringify(command.data) : '';
    if (text === '' || text.length > MAX_COMMAND_LENGTH)
      return failedReply(id, 'bad-args', 'the command cannot be sent like this');
    const reply = this.#pending.wait(id, edge, waitMs, OUTLIVE_LINK.has(op));
    await bus.publish(topics.command(edge), text, { qos: 1, retain: false });
    return reply;
  }
}
