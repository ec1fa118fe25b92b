/** The waits and bounds of a session, with where they come from (Communication Guide No. 66132 unless said otherwise). */
import type { BackOff } from '@slmm/shared';

export interface SessionTiming {
  /** From the end of an answer to the next command. The guide's second, and a margin for timers that fire early. */
  readonly gapMs: number;
  /** No answer within this is a timeout. The guide says under 3 s; 0.63 s was the longest seen over LTE. */
  readonly answerTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** How long a late answer is awaited on a connection that is out of step before the connection is opened anew. */
  readonly drainMs: number;
  /** Silence after which nothing more comes of an answer (characters follow each other within 100 ms). */
  readonly quietMs: number;
  /** A prompt later than this after the answer does not prolong the rest. */
  readonly latestPromptMs: number;
  /** Never a connection sooner after another has ended, however it ended: the meter needs a moment to free its slot. */
  readonly reconnectMs: number;
  /** The same after a connection that carried a stream: the slot was still taken 2.9 s after one, and free after 4.9 s. */
  readonly streamReconnectMs: number;
  /** A stream that is silent for so long has ended without saying so; a line is due every 100 ms. */
  readonly streamSilenceMs: number;
  /** Silence after SUB from which the stream counts as stopped. */
  readonly streamQuietMs: number;
  readonly backOff: BackOff;
  /** A connection that has lasted this long and answers ends the back-off. */
  readonly soundAfterMs: number;
  /** Failures in a row from which a meter counts as unreachable. */
  readonly unreachableAfter: number;
}

export const METER_TIMING: SessionTiming = {
  gapMs: 1010,
  answerTimeoutMs: 5000,
  connectTimeoutMs: 5000,
  drainMs: 2000,
  quietMs: 300,
  latestPromptMs: 3000,
  reconnectMs: 1000,
  streamReconnectMs: 5000,
  streamSilenceMs: 3000,
  streamQuietMs: 250,
  backOff: { firstMs: 1000, maxMs: 60_000, jitter: 0.5 },
  soundAfterMs: 30_000,
  unreachableAfter: 3,
};

/** User commands that may wait for one meter, about 20 s of work; more are refused as busy. */
export const MAX_WAITING_EXCHANGES = 16;
/** User commands in a row, after which polling has its turn: who asks without end must not end the measurement. */
export const MAX_USER_TURNS = 3;
