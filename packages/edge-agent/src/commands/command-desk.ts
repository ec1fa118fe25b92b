/** Carries out the commands that come over the bus: once each, in time, on the right meter. Neighbours: uplink hands commands in, acquisition lends the desks. */
import type { Command, Reply } from '@slmm/protocol';
import { type Clock, fromInstant, InvariantError, type Logger } from '@slmm/shared';
import type { CardTransfers } from '../card/card-transfers.ts';
import { CLOCK_OPERATIONS } from './clock.ts';
import { CommandMemory } from './command-memory.ts';
import { CONNECTION_OPERATIONS } from './connection.ts';
import { IDENTITY_OPERATIONS } from './identity.ts';
import { MEASUREMENT_OPERATIONS } from './measurement.ts';
import type { MeterDesk } from './meter-desk.ts';
import { failure, type Operation, type OperationResult } from './operation.ts';
import { CYCLE_OPERATIONS } from './cycles.ts';
import { DIAGNOSIS_OPERATIONS } from './diagnosis.ts';
import { FILE_OPERATIONS } from './files.ts';
import { SLOT_OPERATIONS } from './slot.ts';
import { STORAGE_OPERATIONS } from './storage.ts';
import { WEIGHTING_OPERATIONS } from './weighting.ts';

/** A command that has not had its turn by then is given up, even if it would be valid for longer. */
const LONGEST_WAIT_MS = 30_000;

/** Known by name; the desk itself carries it out. */
const ABORT: Operation = { op: 'abort', run: () => Promise.resolve(failure('failed', "abort is the desk's own")) };

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  [
    ...MEASUREMENT_OPERATIONS,
    ...STORAGE_OPERATIONS,
    ...WEIGHTING_OPERATIONS,
    ...IDENTITY_OPERATIONS,
    ...CLOCK_OPERATIONS,
    ...CONNECTION_OPERATIONS,
    ...SLOT_OPERATIONS,
    ...FILE_OPERATIONS,
    ...CYCLE_OPERATIONS,
    ...DIAGNOSIS_OPERATIONS,
  ].map((operation) => [operation.op, operation]),
);

/** Every operation that this agent knows, those of the whole edge included. */
export const KNOWN_OPERATIONS: readonly string[] = [...OPERATIONS.keys(), 'abort', 'standby', 'resume'];

export interface CommandDeskParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly deskOf: (unit: string) => MeterDesk | null;
  /** Lets the whole edge stand by or resume; gives the number of its units. */
  readonly standby: (standby: boolean) => Promise<number>;
  readonly transfers: CardTransfers | null;
  readonly memory: CommandMemory;
  /** Rest between switching FTP off and on; default 10 s, as SLMM found it needs. */
  readonly ftpRestMs?: number;
}

const FTP_REST_MS = 10_000;
/** Operations that have the meter or its card for minutes, of which one may run per unit. */
const LONG_OPERATIONS: ReadonlySet<string> = new Set(['cycle-start', 'cycle-stop', 'file-get', 'folder-get']);

/** Operations that want nothing of the meter itself, so that they also serve a unit that is switched off. */
const WITHOUT_METER: ReadonlySet<string> = new Set([
  'abort',
  'device-log',
  'diagnose',
  'file-again',
  'power-cycle',
  'settings-get',
]);

interface Running {
  readonly id: string;
  readonly unit: string;
  readonly op: string;
  readonly abort: AbortController;
}

export class CommandDesk {
  readonly #parts: CommandDeskParts;
  readonly #running = new Map<string, Running>();

  constructor(parts: CommandDeskParts) {
    this.#parts = parts;
  }

  /** Never rejects; what went wrong is in the reply. */
  async execute(command: Command, progress: (step: string, done: number, of: number) => void): Promise<Reply> {
    const { id, op, unit, by } = command;
    const result = await this.#run(command, progress);
    const { log } = this.#parts;
    if (result.ok) log.info({ id, op, unit, by }, 'command carried out');
    else
      log.info(
        { id, op, unit, by, code: result.error.code, resultCode: result.error.result_code, message: result.error.message },
        'command not carried out',
      );
    return { id, ...result };
  }

  async #run(command: Command, progress: (step: string, done: number, of: number) => void): Promise<OperationResult> {
    const { clock, deskOf, log } = this.#parts;
    const nowMs = clock.nowMs();
    const expiresAtMs = fromInstant(command.expires_at);
    if (expiresAtMs === null || expiresAtMs <= nowMs) {
      return failure('expired', `The command expired at ${command.expires_at}, before it came here; nothing was done.`);
    }
    switch (await this.#parts.memory.note(command.id)) {
      case 'repeated':
        return failure('repeated', 'This command id has been used in the last 10 minutes; nothing was done.');
      case 'full':
        return failure('busy', 'Too many commands in the last 10 minutes; nothing was done. Try again later.');
      case 'new':
        break;
    }
    if (command.unit === null && (command.op === 'standby' || command.op === 'resume')) {
      const standby = command.op === 'standby';
      return { ok: true, result: { standby, units: await this.#parts.standby(standby) } };
    }
    const operation = OPERATIONS.get(command.op) ?? (command.op === 'abort' ? ABORT : undefined);
    if (operation === undefined) return failure('unknown-op', `This agent knows no operation '${command.op}'.`);
    if (command.unit === null) return failure('bad-args', `${command.op} needs a unit.`);
    const desk = deskOf(command.unit);
    if (desk === null) return failure('unknown-unit', `This agent has no unit '${command.unit}'.`);
    if (!desk.isEnabled && !WITHOUT_METER.has(command.op))
      return failure('disabled', `${command.unit} is switched off in the configuration; its meter is left alone.`);
    if (command.op === 'abort') return this.#abort(command);
    const giveUpAtMs = clock.monotonicMs() + Math.min(LONGEST_WAIT_MS, expiresAtMs - nowMs);
    const busy = this.#longOf(command.unit);
    if (LONG_OPERATIONS.has(command.op) && busy !== null)
      return failure('busy', `${busy.op} (${busy.id}) is under way on ${command.unit}; wait for it or end it with abort.`);
    const abort = new AbortController();
    const { id, op, unit } = command;
    this.#running.set(id, { id, op, unit, abort });
    try {
      return await operation.run(command.args, {
        desk,
        giveUpAtMs,
        progress,
        clock,
        signal: abort.signal,
        transfers: this.#parts.transfers,
        ftpRestMs: this.#parts.ftpRestMs ?? FTP_REST_MS,
      });
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      log.error({ err: error, op: command.op, unit: command.unit }, 'an operation failed');
      return failure('failed', `${command.op} failed inside the agent; its log says more.`);
    } finally {
      this.#running.delete(id);
    }
  }

  /** Ends what is under way: cycles and files, between two of their steps. */
  close(): void {
    for (const { abort } of this.#running.values()) abort.abort();
  }

  #longOf(unit: string): Running | null {
    return [...this.#running.values()].find((one) => one.unit === unit && LONG_OPERATIONS.has(one.op)) ?? null;
  }

  #abort({ unit }: Command): OperationResult {
    const running = unit === null ? null : this.#longOf(unit);
    if (running === null) return failure('bad-args', 'Nothing is under way on this unit that could be ended.');
    running.abort.abort();
    return { ok: true, result: { aborted: running.op, id: running.id } };
  }
}
