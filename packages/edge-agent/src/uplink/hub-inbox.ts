/** What the hub says to this edge, read and handed on. Neighbours: the bus brings it; frame-sender.ts, desired-state.ts and the units take it. */
import {
  acknowledgeSchema,
  commandSchema,
  decodeMessage,
  type Decoded,
  demandSchema,
  desiredConfigSchema,
  hubStateSchema,
  parseTopic,
  type Acknowledge,
  type Command,
  type Demand,
  type DesiredConfig,
  type Reply,
  topics,
} from '@slmm/protocol';
import type { Logger } from '@slmm/shared';
import type { BusMessage } from './bus-client.ts';
import type { SendWindow } from './send-window.ts';

/** Commands that may be under way at once; more are answered `busy`. */
const MAX_COMMANDS = 200;

export interface HubInboxParts {
  readonly edge: string;
  readonly log: Logger;
  readonly window: SendWindow;
  readonly hub: (boot: string | null) => void;
  readonly acknowledged: (acknowledge: Acknowledge) => void;
  readonly config: (config: DesiredConfig) => void;
  readonly demand: (demand: Demand['units']) => void;
  readonly execute: (command: Command, progress: (step: string, done: number, of: number) => void) => Promise<Reply>;
}

export class HubInbox {
  readonly #parts: HubInboxParts;
  #commands = 0;
  /** Messages that could not be read. */
  bad = 0;

  constructor(parts: HubInboxParts) {
    this.#parts = parts;
  }

  receive(message: BusMessage): void {
    const topic = parseTopic(message.topic);
    // An emptied retained topic says nothing.
    if (topic === null || message.payload.length === 0) return;
    switch (topic.kind) {
      case 'hub-state':
        return this.#read(message, decodeMessage(hubStateSchema, message.payload), ({ state, boot }) =>
          this.#parts.hub(state === 'online' ? boot : null),
        );
      case 'ack':
        return this.#read(message, decodeMessage(acknowledgeSchema, message.payload), (ack) => this.#parts.acknowledged(ack));
      case 'config':
        return this.#read(message, decodeMessage(desiredConfigSchema, message.payload), (config) => this.#parts.config(config));
      case 'demand':
        return this.#read(message, decodeMessage(demandSchema, message.payload), (demand) => this.#parts.demand(demand.units));
      case 'command':
        // A retained command would be carried out again at every connect.
        if (message.retained) return;
        return this.#read(message, decodeMessage(commandSchema, message.payload), (command) => void this.#execute(command));
      default:
    }
  }

  #read<T>(message: BusMessage, decoded: Decoded<T>, take: (value: T) => void): void {
    if (decoded.kind === 'ok') return take(decoded.value);
    this.bad += 1;
    this.#parts.log.warn({ topic: message.topic, reason: decoded.reason }, 'a message of the hub cannot be read');
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
    try {
      this.#reply(
        await this.#parts.execute(command, (step, done, of) => this.#reply({ id: command.id, progress: { step, done, of } })),
      );
    } catch (error) {
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

  #reply(reply: Reply): void {
    this.#parts.window.urgent({ topic: topics.reply(this.#parts.edge), payload: JSON.stringify(reply) });
  }
}
