/** One command to the meter and what became of it: the words that the session, acquisition and commands share. */
import type { CheckedAnswer } from '@slmm/protocol';

/** One line to the meter and the answer it has to get. */
export interface Exchange {
  /** Chosen by whoever asks; comes back with the outcome. */
  readonly id: number;
  /** Without line end. */
  readonly line: string;
  /** The result code alone (a setting), the code and one line (a request), or the code and lines until they are stopped. */
  readonly answer: 'code' | 'code-and-line' | 'stream';
  /** Checks the line after R+0000 against the command's own shape. */
  readonly check: (line: string) => CheckedAnswer;
  /** `user` goes ahead of `poll`; a poll is never queued, it is offered the meter when the meter is free. */
  readonly lane: 'user' | 'poll';
  /** Whether the session may ask again by itself, once, after a timeout or a garbled answer. Only ever true for requests. */
  readonly retry: boolean;
  /** Monotonic ms; an exchange not yet sent by then is given back. */
  readonly giveUpAtMs: number;
}

/** Why something between us and the meter failed. `unanswered` is a connection that nobody takes, `timeout` a command that nobody answers. */
export type FailureCause = LinkEndCause | 'timeout' | 'garbled';

/** How a link can come to its end, or not come about. */
export type LinkEndCause = 'refused' | 'unreachable' | 'unanswered' | 'closed';

/** What became of an exchange. A refusal of the meter (R+0001..R+0004) is a value like any other: the link is sound. */
export type Outcome =
  /** `value` is the checked data line of a request, `null` for a setting and a stream that was stopped; `endAtMs` (monotonic) is when the answer was complete. */
  | { readonly kind: 'answered'; readonly value: string | null; readonly sentAtMs: number; readonly endAtMs: number }
  | { readonly kind: 'refused-by-meter'; readonly code: string }
  /** The command was sent and its answer is not known. */
  | { readonly kind: 'failed'; readonly cause: 'timeout' | 'garbled' | 'closed'; readonly detail: string }
  /** The command was never sent. */
  | { readonly kind: 'not-sent'; readonly cause: FailureCause | 'busy' | 'off' | 'late'; readonly detail: string };
