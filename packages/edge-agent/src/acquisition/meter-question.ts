/** From a command of the meter's table to what the session asks: the line, and the check that its answer has to pass. Pure. */
import {
  type AnswerForm,
  checkAnswer,
  type DecodeFailure,
  encodeRequest,
  encodeSetting,
  type MeterCommand,
  runStateOf,
} from '@slmm/protocol';
import { InvariantError } from '@slmm/shared';
import type { Exchange } from '../meter-session/exchange.ts';
import type { Question } from '../meter-session/meter-session.ts';

type Check = Exchange['check'];

/** What answers are checked with, and who hears of one that does not fit. */
export interface Checking {
  /** Whether data lines carry octave bands after the known fields. */
  readonly hasOctave: () => boolean;
  readonly misfit: (command: string, failure: DecodeFailure) => void;
}

/** A poll waits for nobody: it goes when the meter is free, or not at all. */
export function pollQuestion(name: string, checking: Checking): Question {
  const { line, answer, command } = encodedRequest(name);
  return { line, answer, check: checkFor(command, checking), lane: 'poll', retry: false, giveUpAtMs: Infinity };
}

/** A person's question goes ahead of polls and is asked once more when its answer fails. */
export function userQuestion(name: string, checking: Checking, giveUpAtMs: number): Question {
  const { line, answer, command } = encodedRequest(name);
  return { line, answer, check: checkFor(command, checking), lane: 'user', retry: true, giveUpAtMs };
}

/** A setting is sent once. Its argument must have been checked against the meter's grammar before. */
export function userSetting(name: string, argument: string, giveUpAtMs: number): Question {
  const encoded = encodeSetting(name, argument);
  if (encoded.kind === 'refused') throw new InvariantError(`a command was not checked before it was sent: ${encoded.reason}`);
  return { line: encoded.line, answer: 'code', check: takeAnything, lane: 'user', retry: false, giveUpAtMs };
}

/** The 10 Hz stream, which goes on until it is stopped. */
export function streamQuestion(): Question {
  const encoded = encodeRequest('DRD');
  if (encoded.kind === 'refused') throw new InvariantError(encoded.reason);
  return { line: encoded.line, answer: 'stream', check: takeAnything, lane: 'poll', retry: false, giveUpAtMs: Infinity };
}

/** The encoded request; all of these come from our own tables. */
function encodedRequest(name: string): {
  readonly command: MeterCommand;
  readonly line: string;
  readonly answer: Exclude<AnswerForm, 'stream'>;
} {
  const encoded = encodeRequest(name);
  if (encoded.kind === 'refused') throw new InvariantError(encoded.reason);
  if (encoded.answer === 'stream') throw new InvariantError(`${name} is a stream, not a question`);
  return { command: encoded.command, line: encoded.line, answer: encoded.answer };
}

/** An answer without its command's shape means that the link is out of step; a `Measure?` that says neither Start nor Stop above all. */
function checkFor(command: MeterCommand, { hasOctave, misfit }: Checking): Check {
  return (text) => {
    const checked = checkAnswer(command, text, { octave: hasOctave() });
    const judged =
      checked.kind === 'answer' && command.name === 'Measure' && runStateOf(checked.value) === 'unknown'
        ? noRunState(text)
        : checked;
    if (judged.kind === 'failure') misfit(command.name, judged);
    return judged;
  };
}

function noRunState(text: string): DecodeFailure {
  const detail = `Measure: expected Start or Stop, got ${JSON.stringify(text.slice(0, 40))}`;
  return { kind: 'failure', reason: 'bad-answer', detail, raw: text };
}

const takeAnything: Check = (line) => ({ kind: 'answer', value: line });
