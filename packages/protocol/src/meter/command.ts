/**
 * Command lines for the meter, and the shape of its answers. The only place where text becomes a line for the meter:
 * an argument outside its command's grammar is refused with a reason and never becomes bytes.
 * Lines carry no `$` (the real meter answers R+0001 to it) and no space after the comma.
 */
import type { RunState } from '../bus/primitives.ts';
import { describeGrammar, misfit } from './command-grammar.ts';
import { type Command, COMMANDS } from './command-table.ts';
import { decodeDod } from './dod-line.ts';
import { decodeDrd } from './drd-line.ts';
import type { DecodeFailure } from './level-field.ts';

/** What ends every line, both ways. */
export const LINE_END = '\r\n';
/** SUB, the single byte that stops `DRD?`; no line end follows it. */
export const STREAM_STOP_BYTE = 0x1a;

/** What the meter answers: the result code alone, the code and one line, or the code and lines every 100 ms until SUB. */
export type AnswerForm = 'code' | 'code-and-line' | 'stream';

export type EncodedCommand =
  | {
      readonly kind: 'ok';
      readonly command: Command;
      /** The line without {@link LINE_END}. */
      readonly line: string;
      readonly answer: AnswerForm;
    }
  | {
      readonly kind: 'refused';
      /** Which of the meter's own refusals this one saves: R+0001, R+0003 or R+0002. */
      readonly code: 'unknown-command' | 'wrong-form' | 'bad-argument';
      /** One sentence for people. */
      readonly reason: string;
    };

const BY_NAME: ReadonlyMap<string, Command> = new Map(COMMANDS.map((command) => [command.name.toLowerCase(), command]));

/** The command of this name, in upper or lower case, as the meter sees it. */
export function findCommand(name: string): Command | null {
  return BY_NAME.get(name.toLowerCase()) ?? null;
}

/** The line `Name?`. */
export function encodeRequest(name: string): EncodedCommand {
  const command = findCommand(name);
  if (command === null) return unknownCommand(name);
  if (command.request === undefined) return refuse('wrong-form', `'${command.name}' can only be set, not requested`);
  const answer = command.request.stream === true ? 'stream' : 'code-and-line';
  return { kind: 'ok', command, line: command.request.line ?? `${command.name}?`, answer };
}

/** The line `Name,argument`; the bare name for a command without argument. */
export function encodeSetting(name: string, argument = ''): EncodedCommand {
  const command = findCommand(name);
  if (command === null) return unknownCommand(name);
  if (command.setting === undefined) return refuse('wrong-form', `'${command.name}' can only be requested, not set`);
  const wrong = misfit(command.setting, argument);
  if (wrong !== null) return refuse('bad-argument', `${command.name}: ${quote(argument)} ${wrong}`);
  const line = command.setting.kind === 'none' ? command.name : `${command.name},${argument}`;
  return { kind: 'ok', command, line, answer: 'code' };
}

/** The data line of a request, known to have its command's shape; or why it has not, which means the link is desynchronised. */
export type CheckedAnswer = { readonly kind: 'answer'; readonly value: string } | DecodeFailure;

/** Checks the line that followed R+0000 against the command's own shape. The value is without outer spaces, except data lines, which stay as they are. */
export function checkAnswer(command: Command, line: string, options: { readonly octave?: boolean } = {}): CheckedAnswer {
  const shape = command.request?.answer;
  if (shape === undefined) return badAnswer(command, line, 'no line at all');
  if (shape.kind === 'dod' || shape.kind === 'drd') {
    const decoded = shape.kind === 'dod' ? decodeDod(line, options) : decodeDrd(line, options);
    return decoded.kind === 'failure' ? decoded : { kind: 'answer', value: line };
  }
  const value = line.trim();
  return misfit(shape, value) === null ? { kind: 'answer', value } : badAnswer(command, line, describeGrammar(shape));
}

/** The run state in an answer to `Measure?`. A garbled answer is `unknown` and never taken for a stop. */
export function runStateOf(answer: string): RunState {
  const word = answer.trim().toLowerCase();
  if (word === 'start' || word === 'measure') return 'Start';
  return word === 'stop' ? 'Stop' : 'unknown';
}

function unknownCommand(name: string): EncodedCommand {
  return refuse('unknown-command', `there is no meter command ${quote(name)}`);
}

function refuse(code: Extract<EncodedCommand, { kind: 'refused' }>['code'], reason: string): EncodedCommand {
  return { kind: 'refused', code, reason };
}

function badAnswer(command: Command, line: string, expected: string): DecodeFailure {
  return {
    kind: 'failure',
    reason: 'bad-answer',
    detail: `${command.name}: expected ${expected}, got ${quote(line)}`,
    raw: line,
  };
}

/** Foreign text in a message: quoted, its control characters visible, cut. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
