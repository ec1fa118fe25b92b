/** The way of a command to an edge and of its answer back. Neighbours: hub-fleet.ts asks, edge-reports.ts hands in replies. */
import { randomUUID } from 'node:crypto';
import { type Command, type CommandError, commandSchema, type Reply, topics } from '@slmm/protocol';
import { type Clock, toInstant } from '@slmm/shared';
import type { Metrics } from '../metrics.ts';
import { type CommandRecord, CommandRecords, type CommandTicket, type EndedReply } from './command-records.ts';
import type { EdgeView } from './fleet.ts';
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

/** So long before its answer is given up a command ends to be valid: an edge that gives it up then still says why. */
const ANSWER_MS = 1_000;

/** What takes minutes goes on at the edge while the link is broken, and is answered when it is back. */
const OUTLIVE_LINK: ReadonlySet<string> = new Set(['file-get', 'folder-get', 'cycle-start', 'cycle-stop']);

export class CommandSender {
  readonly #parts: CommandSenderParts;
  readonly #pending: PendingCommands;
  readonly #records = new CommandRecords();

  constructor(parts: CommandSenderParts) {
    this.#parts = parts;
    this.#pending = new PendingCommands(parts.clock);
  }

  /** Sends a command. `waitMs` bounds the wait for its end, and after it the edge does not begin it any more. */
  order(unit: string, op: string, args: Command['args'], by: string, waitMs: number): CommandTicket {
    const { clock, metrics, views } = this.#parts;
    const id = randomUUID();
    const edge = views.unit(unit)?.config.edge ?? null;
    const atMs = clock.nowMs();
    this.#records.begun({ id, unit, edge, op, by, atMs, expiresMs: atMs + waitMs });
    const done = this.#send(id, unit, op, args, by, waitMs).then((reply) => {
      this.#records.ended(id, reply, clock.nowMs());
      metrics.commands.inc({ outcome: reply.ok ? 'ok' : reply.error.code });
      return reply;
    });
    return { id, done };
  }

  /** Sends a command that is the edge's own. Never rejects. */
  async orderEdge(edge: string, op: string, by: string, waitMs: number): Promise<EndedReply> {
    const { metrics, views } = this.#parts;
    const id = randomUUID();
    const state = views.edge(edge)?.state?.state ?? null;
    const reply =
      state === 'online'
        ? await this.#sendTo(edge, { id, unit: null, op, args: {}, by }, waitMs)
        : failedReply(id, 'unreachable', `edge ${edge} is not connected`);
    metrics.commands.inc({ outcome: reply.ok ? 'ok' : reply.error.code });
    return reply;
  }

  /** What was asked of a unit lately, newest first. */
  records(unit: string): readonly CommandRecord[] {
    return this.#records.ofUnit(unit);
  }

  take(edge: string, reply: Reply): void {
    if ('progress' in reply) this.#records.progressed(reply.id, edge, { ...reply.progress, atMs: this.#parts.clock.nowMs() });
    else this.#pending.take(edge, reply);
  }

  /** The edge is not connected any more: everything that waits for it is answered, but what outlives the link. */
  fail(edge: string, message: string): void {
    this.#pending.fail(edge, message, 'but-what-outlives-the-link');
  }

  /** The edge, or the hub (`null`), is not what it was: everything that waits is answered. */
  failAll(edge: string | null, message: string): void {
    this.#pending.fail(edge, message, 'all');
  }

  async #send(id: string, unit: string, op: string, args: Command['args'], by: string, waitMs: number): Promise<EndedReply> {
    const { views } = this.#parts;
    const view = views.unit(unit);
    const edge = view?.config.edge ?? null;
    const no = (code: CommandError['code'], message: string): EndedReply => failedReply(id, code, message);
    if (view === null) return no('unknown-unit', `there is no unit ${unit}`);
    if (edge === null) return no('unreachable', `unit ${unit} hangs on no edge; give it one`);
    if (!view.edgeOnline) return no('unreachable', `edge ${edge} of unit ${unit} is not connected`);
    const refusal = refusalOf(views.edge(edge), unit);
    if (refusal !== null) return no('disabled', refusal);
    return await this.#sendTo(edge, { id, unit, op, args, by }, waitMs);
  }

  async #sendTo(edge: string, order: Omit<Command, 'expires_at'>, waitMs: number): Promise<EndedReply> {
    const { bus, clock } = this.#parts;
    const { id, op, by } = order;
    const no = (code: CommandError['code'], message: string): EndedReply => failedReply(id, code, message);
    if (!bus.connected) return no('unreachable', 'the hub is not connected to its broker');
    if (this.#pending.isFull) return no('busy', 'too many commands are waiting for an answer; try again later');
    const expires_at = toInstant(clock.nowMs() + waitMs - Math.min(ANSWER_MS, waitMs / 10));
    const command = commandSchema.safeParse({ ...order, by: by.slice(0, 100), expires_at });
    const text = command.success ? JSON.stringify(command.data) : '';
    if (text === '' || text.length > MAX_COMMAND_LENGTH) return no('bad-args', 'the command cannot be sent like this');
    const reply = this.#pending.wait(id, edge, waitMs, OUTLIVE_LINK.has(op));
    await bus.publish(topics.command(edge), text, { qos: 1, retain: false });
    return reply;
  }
}

/** Why the edge does not run this unit as it is configured now; `null` where it does, or has not said yet. */
function refusalOf(edge: EdgeView | null, unit: string): string | null {
  if (edge === null || edge.applied?.revision !== edge.config.revision) return null;
  return edge.applied.units[unit]?.error ?? null;
}
