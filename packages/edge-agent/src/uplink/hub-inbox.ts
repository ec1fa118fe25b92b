/** What the hub says to this edge, read and handed on. Neighbours: the bus brings it; frame-sender.ts, desired-state.ts and the units take it. */
import {
  acknowledgeSchema,
  commandSchema,
  decodeMessage,
  demandSchema,
  hubStateSchema,
  parseTopic,
  receivedConfig,
  unitStateSchema,
  type Acknowledge,
  type Command,
  type Demand,
  type ReceivedConfig,
  type Reply,
  type Topic,
  topics,
  type UnitState,
} from '@slmm/protocol';
import type { Clock, Logger } from '@slmm/shared';
import type { z } from 'zod';
import type { BusMessage } from './bus-client.ts';
import { ProgressPace } from './progress-pace.ts';
import type { SendWindow } from './send-window.ts';

/** Commands that may be under way at once; more are answered `busy`. */
const MAX_COMMANDS = 200;

export interface HubInboxParts {
  readonly edge: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly window: SendWindow;
  /** `news`: it is said now; else the broker had kept it. */
  readonly hub: (boot: string | null, news: boolean) => void;
  readonly acknowledged: (acknowledge: Acknowledge) => void;
  readonly config: (received: ReceivedConfig) => void;
  readonly demand: (demand: Demand['units']) => void;
  /** An owner record on our own topics: ours, or that of another agent with our name. */
  readonly owner: (unit: string, owner: NonNullable<UnitState['owner']>, kept: boolean) => void;
  readonly execute: (command: Command, progress: (step: string, done: number, of: number) => void) => Promise<Reply>;
}

export class HubInbox {
  readonly #parts: HubInboxParts;
  #commands = 0;
  readonly #readers: Partial<Record<Topic['kind'], (message: BusMessage) => void>>;
  /** Messages that could not be read. */
  bad = 0;

  constructor(parts: HubInboxParts) {
    this.#parts = parts;
    this.#readers = {
      'hub-state': this.#reader(hubStateSchema, ({ state, boot }, { retained }) =>
        parts.hub(state === 'online' ? boot : null, !retained),
      ),
      ack: this.#reader(acknowledgeSchema, (acknowledge) => parts.acknowledged(acknowledge)),
      config: this.#reader(receivedConfig, (received) => parts.config(received)),
      demand: this.#reader(demandSchema, ({ units }) => parts.demand(units)),
      'unit-state': this.#reader(unitStateSchema, ({ owner }, { topic, retained }) => {
        const parsed = parseTopic(topic);
        if (owner !== null && parsed?.kind === 'unit-state') parts.owner(parsed.unit, owner, retained);
      }),
      command: this.#reader(
        commandSchema,
        (command, { retained }) => {
          // A retained command would be carried out again at every connect.
          if (!retained) void this.#execute(command);
        },
        (reason, message) => this.#refuseCommand(reason, message),
      ),
    };
  }

  receive(message: BusMessage): void {
    const topic = parseTopic(message.topic);
    // An emptied retained topic says nothing.
    if (topic === null || message.payload.length === 0) return;
    this.#readers[topic.kind]?.(message);
  }

  #reader<T extends z.ZodType>(
    schema: T,
    take: (value: z.output<T>, message: BusMessage) => void,
    unreadable?: (reason: string, message: BusMessage) => void,
  ): (message: BusMessage) => void {
    return (message) => {
      const decoded = decodeMessage(schema, message.payload);
      if (decoded.kind === 'ok') return take(decoded.value, message);
      this.bad += 1;
      this.#parts.log.warn({ topic: message.topic, reason: decoded.reason }, 'a message of the hub cannot be read');
      unreadable?.(decoded.reason, message);
    };
  }

  /** A command that cannot be read is answered where it says its name: whoever sent it waits. */
  #refuseCommand(reason: string, { payload, retained }: BusMessage): void {
    const named = decodeMessage(commandSchema.pick({ id: true }), payload);
    if (retained || named.kind === 'bad') return;
    const message = `the command cannot be carried out: ${reason}`.slice(0, 500);
    this.#reply({ id: named.value.id, ok: false, error: { code: 'bad-args', message, result_code: null } });
  }

  async #execute(command: Command): Promise<void> {
    if (this.#commands >= MAX_COMMANDS) {
      this.#reply({
        id: command.id,
        ok: false,
        error: { code: 'busy', message: `${MAX_COMMANDS} commands are under way`, result_code: null },
      });
      return;
    }
    this.#commands += 1;
    const pace = new ProgressPace(this.#parts.clock, (progress) => this.#progress({ id: command.id, progress }));
    try {
      const reply = await this.#parts.execute(command, (step, done, of) => pace.note({ step, done, of }));
      pace.end();
      this.#reply(reply);
    } catch (error) {
      pace.end();
      this.#parts.log.error({ err: error, command: command.id, op: command.op }, 'a command ended in a fault of our own');
      this.#reply({
        id: command.id,
        ok: false,
        error: { code: 'failed', message: 'the edge agent failed; its log says why', result_code: null },
      });
    } finally {
      this.#commands -= 1;
    }
  }

  /** Worth something while it is new: without a session it is not kept, or an hour of it would push events out. */
  #progress(progress: Reply): void {
    if (this.#parts.window.isOpen) this.#reply(progress);
  }

  #reply(reply: Reply): void {
    this.#parts.window.urgent({ topic: topics.reply(this.#parts.edge), payload: JSON.stringify(reply) });
  }
}
