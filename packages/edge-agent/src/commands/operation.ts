/** What one operation is: a name, checked arguments, and what it does at a meter's desk. One file per family lists them. */
import { type CommandError, describeResultCode, encodeSetting, findCommand, parseResultCode } from '@slmm/protocol';
import type { Clock } from '@slmm/shared';
import { z } from 'zod';
import type { CardTransfers } from '../card/card-transfers.ts';
import type { Outcome } from '../meter-session/exchange.ts';
import type { MeterDesk } from './meter-desk.ts';

export type OperationResult<T = unknown> =
  | { readonly ok: true; readonly result: T }
  | { readonly ok: false; readonly error: CommandError };

/** Where an operation runs. */
export interface OperationContext {
  readonly desk: MeterDesk;
  /** Monotonic ms; what has not had its turn by then is given up. */
  readonly giveUpAtMs: number;
  readonly progress: (step: string, done: number, of: number) => void;
  readonly clock: Clock;
  /** Ends an operation of several steps between two of them. */
  readonly signal: AbortSignal;
  /** Files of the card to the hub; `null` where the agent has no place for them. */
  readonly transfers: CardTransfers | null;
  /** Rest between switching FTP off and on. */
  readonly ftpRestMs: number;
}

export interface Operation {
  readonly op: string;
  /** Checks the arguments and runs. Never rejects for what meters, links and people do. */
  run(args: Readonly<Record<string, unknown>>, context: OperationContext): Promise<OperationResult>;
}

/** An operation whose arguments have this shape; unknown arguments are refused, so that a misspelt one is not silently left out. */
export function operation<S extends z.ZodRawShape, T>(
  op: string,
  shape: S,
  run: (args: z.output<z.ZodObject<S>>, context: OperationContext) => Promise<OperationResult<T>>,
): Operation {
  const schema = z.strictObject(shape);
  return {
    op,
    run: async (args, context) => {
      const checked = schema.safeParse(args);
      if (checked.success) return run(checked.data, context);
      const issue = checked.error.issues[0];
      const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
      return failure('bad-args', `${op}: ${where}${issue?.message ?? 'bad arguments'}`);
    },
  };
}

/** Asks `command?` and makes a result of the value. */
export function reading(op: string, command: string, resultOf: (value: string, desk: MeterDesk) => unknown): Operation {
  return operation(op, {}, async (_args, context) =>
    mapped(await ask(command, context), (value) => resultOf(value, context.desk)),
  );
}

/** Asks for one value. */
export async function ask(command: string, { desk, giveUpAtMs }: OperationContext): Promise<OperationResult<string>> {
  const outcome = await desk.request(command, giveUpAtMs);
  if (outcome.kind === 'answered' && outcome.value !== null) return { ok: true, result: outcome.value };
  return { ok: false, error: errorOf(`${command}?`, outcome) };
}

/** What a setting did: the value before as last read, and the one that was sent. */
export interface SettingDone {
  readonly set: string;
  readonly before: string | null;
}

/** Checks the argument against the command's grammar, sends it once, and tells it as an event. */
export async function send(
  command: string,
  argument: string,
  { desk, giveUpAtMs }: OperationContext,
): Promise<OperationResult<SettingDone>> {
  const encoded = encodeSetting(command, argument);
  if (encoded.kind === 'refused') return failure('bad-args', encoded.reason);
  const before = desk.lastRead(command);
  const outcome = await desk.set(command, argument, giveUpAtMs);
  if (outcome.kind !== 'answered') return { ok: false, error: errorOf(encoded.line, outcome) };
  desk.commandTold(`The meter was told: ${encoded.line}`, { command, before, after: argument });
  return { ok: true, result: { set: argument, before } };
}

/** Text that a command's setting form takes. */
export function argumentOf(command: string): z.ZodType<string> {
  const name = findCommand(command)?.name ?? command;
  return z.string().superRefine((text, context) => {
    const encoded = encodeSetting(name, text);
    if (encoded.kind === 'refused') context.addIssue({ code: 'custom', message: encoded.reason });
  });
}

export function mapped<A, B>(result: OperationResult<A>, change: (value: A) => B): OperationResult<B> {
  return result.ok ? { ok: true, result: change(result.result) } : result;
}

/** What a meter says to a command that does not fit its state: told where the agent knows the state and does not ask. */
export const WRONG_STATE = '0004';

export function failure(
  code: CommandError['code'],
  message: string,
  resultCode: string | null = null,
): { readonly ok: false; readonly error: CommandError } {
  return { ok: false, error: { code, message: message.slice(0, 500), result_code: resultCode } };
}

/** Why there is no answer, in words for people. */
function errorOf(line: string, outcome: Outcome): CommandError {
  return failure(...errorParts(line, outcome)).error;
}

function errorParts(line: string, outcome: Outcome): [CommandError['code'], string, (string | null)?] {
  switch (outcome.kind) {
    case 'answered':
      return ['garbled', `${line}: the meter answered without a value.`];
    case 'refused-by-meter': {
      const result = parseResultCode(`R+${outcome.code}`);
      const says = result === null ? 'the meter refused' : describeResultCode(result);
      return ['refused-by-meter', `${line}: ${says} (R+${outcome.code}).`, outcome.code];
    }
    case 'failed': {
      const code = outcome.cause === 'closed' ? 'unreachable' : outcome.cause;
      // A question that is lost changes nothing.
      const doubt = line.endsWith('?') ? '' : '; whether the meter carried it out is not known';
      return [code, `${line} was sent, but ${outcome.detail}${doubt}.`];
    }
    case 'not-sent':
      if (outcome.cause === 'busy' || outcome.cause === 'late')
        return ['busy', `${line} was not sent: ${outcome.detail}. Try again shortly.`];
      if (outcome.cause === 'off') return ['disabled', `${line} was not sent: ${outcome.detail}.`];
      return [outcome.cause === 'timeout' ? 'timeout' : 'unreachable', `${line} was not sent: ${outcome.detail}.`];
  }
}
