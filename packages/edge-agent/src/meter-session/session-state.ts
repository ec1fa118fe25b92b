/** Where a session stands, what it hears, what it wants done. Neighbour: session-machine.ts moves it. */
import type { Exchange, FailureCause, LinkEndCause, Outcome } from './exchange.ts';
import { MAX_USER_TURNS, type SessionTiming } from './session-timing.ts';

/** An exchange that waits or is under way. */
export interface Asked {
  readonly exchange: Exchange;
  /** How often it has been sent before. */
  readonly attempts: number;
  /** A stream that nobody wants any more, and that is stopped as soon as it has begun. */
  readonly isRecalled?: true;
}

/** What is still to come of the answer to the last command: 0 lines, 1, or 2 (then a refusal counts for both). */
export type OwedLines = 0 | 1 | 2;

export type Phase =
  /** Nobody wants the slot. */
  | { readonly name: 'off' }
  | { readonly name: 'waiting'; readonly untilMs: number }
  | { readonly name: 'connecting'; readonly deadlineMs: number }
  /** Connected and in step. `offered`: the free meter has been offered to polling and nothing came yet. */
  | { readonly name: 'ready'; readonly offered: boolean }
  | { readonly name: 'answering'; readonly asked: Asked; readonly sentAtMs: number; readonly confirmed: boolean }
  /** The meter sends a line every 100 ms until it is stopped. */
  | { readonly name: 'streaming'; readonly asked: Asked; readonly sentAtMs: number; readonly lastLineAtMs: number }
  /** SUB has been sent; lines that were under way still come. */
  | {
      readonly name: 'stopping';
      /** The one that asked for the stream; `null` when it has been told already. */
      readonly asked: Asked | null;
      readonly sentAtMs: number;
      readonly stoppedAtMs: number;
      readonly after: 'go-on' | 'reopen' | 'close' | 'close-and-reopen';
    }
  /** Out of step. `hasFailed`: a counted failure led here, and not noise on an idle line. */
  | { readonly name: 'draining'; readonly owed: OwedLines; readonly giveUpAtMs: number; readonly hasFailed: boolean }
  /** We closed; the socket's end is awaited, so that there are never two. */
  | { readonly name: 'closing'; readonly reopen: boolean };

export interface SessionState {
  readonly phase: Phase;
  /** User exchanges in order; at most MAX_WAITING_EXCHANGES and one that is asked again; more are given back as `busy`. */
  readonly waiting: readonly Asked[];
  readonly poll: Asked | null;
  /** User exchanges sent since polling has had a turn. */
  readonly userTurns: number;
  /** Whether this connection's greeting has been answered. */
  readonly greeted: boolean;
  /** No command before this instant, whatever the connection. */
  readonly restUntilMs: number;
  readonly lastAnswerAtMs: number;
  readonly lastByteAtMs: number;
  readonly connectedAtMs: number;
  /** This connection has carried a stream: the meter needs longer to free its slot. */
  readonly streamed: boolean;
  /** No connection before this instant. */
  readonly connectFromMs: number;
  /** Connections that failed or ended in a row; a connection that has lasted clears it. Drives the back-off. */
  readonly losses: number;
  /** Failures in a row since the last good answer. */
  readonly failures: number;
  readonly lastCause: FailureCause | null;
  /** Result lines in a row that were none; at three the connection is opened anew. */
  readonly outOfStep: number;
  readonly seed: number;
}

export type SessionInput =
  | { readonly kind: 'open'; readonly notBeforeMs?: number }
  | { readonly kind: 'close' }
  | { readonly kind: 'connected' }
  /** The socket is gone for good, or never came about. */
  | { readonly kind: 'ended'; readonly cause: LinkEndCause; readonly detail: string }
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'overlong' }
  | { readonly kind: 'prompt' }
  /** Bytes of a line that has not ended yet. */
  | { readonly kind: 'partial' }
  | { readonly kind: 'enqueue'; readonly exchange: Exchange }
  /** Nobody wants the stream any more, or something else is to be asked. */
  | { readonly kind: 'stop-stream' }
  /** It is known that the meter takes no connection before somebody has helped it. */
  | { readonly kind: 'slow-down' }
  /** The instant of {@link dueAtMs} has come. */
  | { readonly kind: 'timeout' };

export type SessionEffect =
  | { readonly kind: 'connect' }
  | { readonly kind: 'close' }
  | { readonly kind: 'send'; readonly line: string }
  /** The single byte that ends a stream. */
  | { readonly kind: 'send-stop' }
  /** One line of the stream; `null` for one that was too long to be kept. */
  | { readonly kind: 'stream-line'; readonly text: string | null }
  /** Drop the unfinished line that was received. */
  | { readonly kind: 'forget-partial' }
  | { readonly kind: 'deliver'; readonly exchange: Exchange; readonly outcome: Outcome }
  /** Polling may ask now. `isPressed`: user commands wait, so it is one short question or none. */
  | { readonly kind: 'free'; readonly isPressed: boolean }
  | { readonly kind: 'good'; readonly answerMs: number }
  | { readonly kind: 'failure'; readonly cause: FailureCause; readonly detail: string; readonly inARow: number }
  /** Something came that nobody had asked for. */
  | { readonly kind: 'noise'; readonly text: string };

export interface Step {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

/** What stays the same for one session. The greeting is sent first on every connection. */
export interface SessionPlan {
  readonly timing: SessionTiming;
  readonly greeting: Exchange | null;
}

export function startSession(seed: number): SessionState {
  return {
    phase: { name: 'off' },
    waiting: [],
    poll: null,
    userTurns: 0,
    greeted: false,
    restUntilMs: -Infinity,
    lastAnswerAtMs: -Infinity,
    lastByteAtMs: -Infinity,
    connectedAtMs: -Infinity,
    streamed: false,
    connectFromMs: -Infinity,
    losses: 0,
    failures: 0,
    lastCause: null,
    outOfStep: 0,
    seed,
  };
}

/** Whether a poll may be sent this instant. */
export function isFree(state: SessionState, nowMs: number): boolean {
  const { phase, greeted, poll, waiting } = state;
  if (phase.name !== 'ready' || !greeted || poll !== null || nowMs < state.restUntilMs) return false;
  return waiting.length === 0 || (phase.offered && isPollsTurn(state));
}

/** Whether polling goes before the user commands that wait, if it wants to. */
export const isPollsTurn = ({ userTurns }: SessionState): boolean => userTurns >= MAX_USER_TURNS;

/** When the machine wants to hear `timeout`, or `null` when only the outside can move it. */
export function dueAtMs(plan: SessionPlan, state: SessionState): number | null {
  const givingUpMs = state.waiting.reduce((least, asked) => Math.min(least, asked.exchange.giveUpAtMs), Infinity);
  const ownMs = phaseDueAtMs(plan, state);
  const dueMs = Math.min(ownMs, givingUpMs);
  return dueMs === Infinity ? null : dueMs;
}

/** When the phase by itself comes to its end; Infinity when only the outside can end it. */
export function phaseDueAtMs({ timing }: SessionPlan, state: SessionState): number {
  const { phase } = state;
  switch (phase.name) {
    case 'off':
    case 'closing':
      return Infinity;
    case 'waiting':
      return phase.untilMs;
    case 'connecting':
      return phase.deadlineMs;
    case 'ready':
      return phase.offered && nextAsked(state) === null ? Infinity : state.restUntilMs;
    case 'answering':
      return phase.sentAtMs + timing.answerTimeoutMs;
    case 'streaming':
      return phase.lastLineAtMs + timing.streamSilenceMs;
    case 'stopping':
      return Math.min(
        phase.stoppedAtMs + timing.streamSilenceMs,
        Math.max(phase.stoppedAtMs, state.lastByteAtMs) + timing.streamQuietMs,
      );
    case 'draining':
      return phase.owed === 0 ? Math.min(phase.giveUpAtMs, state.lastByteAtMs + timing.quietMs) : phase.giveUpAtMs;
  }
}

/** The one whose turn is next. */
function nextAsked(state: SessionState): Asked | null {
  return state.waiting[0] ?? state.poll;
}
