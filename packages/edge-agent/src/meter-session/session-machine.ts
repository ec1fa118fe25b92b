/**
 * The life of one meter's slot as a pure function: one socket, one command in flight, a rest between commands, and no answer ever given to a
 * command it does not belong to. Neighbours: session-state.ts holds the words, session-turn.ts the working copy, meter-session.ts feeds tokens
 * and carries the effects out.
 *
 *     off ──open──► waiting ──its time──► connecting ──connected──► ready ──send──► answering ──answer, refusal──► ready
 *                      ▲                      │                       ▲                 │
 *                      │◄── refused, nobody ──┘                       │◄─ quiet again ─ draining ◄── timeout, garbled
 *                      │                                              │                 │
 *                      │                                              │                 ├── R+0000 to a stream ──► streaming
 *                      │                                              └──── quiet ─── stopping ◄──── SUB ──────────┘
 *                      └── reopen ── closing ◄── what is owed does not come; a connection that ends by itself skips closing
 *     close, from anywhere: stopping where a stream runs, then closing, then off
 *
 * After a timeout or a garbled answer the connection is out of step. It counts as in step again when the lines still owed have come and the
 * line has been quiet; when they do not come, the connection is opened anew, because a fresh connection owes nothing.
 */
import { parseResultCode } from '@slmm/protocol';
import { backOffDelayMs } from '@slmm/shared';
import type { Exchange, FailureCause, LinkEndCause, Outcome } from './exchange.ts';
import {
  type Asked,
  isFree,
  isPollsTurn,
  type OwedLines,
  type Phase,
  phaseDueAtMs,
  type SessionInput,
  type SessionPlan,
  type SessionState,
  type Step,
} from './session-state.ts';
import { MAX_WAITING_EXCHANGES } from './session-timing.ts';
import { Turn } from './session-turn.ts';

/** As if so many connections had failed in a row: the back-off is at its longest. */
const MANY_LOSSES = 32;

type Answering = Extract<Phase, { name: 'answering' }>;

/** One step of the session. Total: an input that means nothing in the present phase changes nothing. */
export function step(plan: SessionPlan, state: SessionState, input: SessionInput, nowMs: number): Step {
  const machine = new Machine(plan, state, nowMs);
  machine.take(input);
  return { state: machine.state, effects: machine.effects };
}

/** The transitions. */
class Machine extends Turn {
  take(input: SessionInput): void {
    switch (input.kind) {
      case 'open':
        return this.#takeSlot(input.notBeforeMs ?? -Infinity);
      case 'close':
        return this.#giveSlotAway();
      case 'connected':
        return this.#connected();
      case 'ended':
        return this.#ended(input.cause, input.detail);
      case 'line':
        return this.#line(input.text);
      case 'overlong':
        return this.#line(null);
      case 'prompt':
        return this.#prompt();
      case 'partial':
        this.#heard();
        if (this.state.phase.name === 'ready') this.#drain(0, this.nowMs + this.plan.timing.drainMs, false);
        return;
      case 'enqueue':
        return this.#enqueue(input.exchange);
      case 'stop-stream':
        return this.#recallStream();
      case 'slow-down':
        return this.#slowDown();
      case 'timeout':
        return this.#timeout();
    }
  }

  // --- connection

  #takeSlot(notBeforeMs: number): void {
    const { phase } = this.state;
    this.set({ connectFromMs: Math.max(this.state.connectFromMs, notBeforeMs) });
    if (phase.name === 'off') this.#wait();
    else if (phase.name === 'closing') this.phase({ name: 'closing', reopen: true });
    else if (phase.name === 'stopping' && phase.after === 'close') this.phase({ ...phase, after: 'close-and-reopen' });
  }

  #connected(): void {
    if (this.state.phase.name !== 'connecting') return;
    const greeted = this.plan.greeting === null;
    this.set({ phase: { name: 'ready', offered: false }, greeted, connectedAtMs: this.nowMs, outOfStep: 0, streamed: false });
    this.#proceed();
  }

  #ended(cause: LinkEndCause, detail: string): void {
    const { phase } = this.state;
    switch (phase.name) {
      case 'off':
      case 'waiting':
        return;
      case 'closing':
        this.#rest();
        this.phase({ name: 'off' });
        if (phase.reopen) this.#wait();
        return;
      case 'connecting':
      case 'ready':
        this.#lost(cause, detail);
        return;
      case 'draining':
        this.#lost(cause, detail, phase.hasFailed);
        return;
      case 'stopping':
        this.#streamEnded(phase);
        if (phase.after === 'go-on' || phase.after === 'reopen') return this.#lost(cause, detail);
        this.#rest();
        this.phase({ name: 'off' });
        if (phase.after === 'close-and-reopen') this.#wait();
        return;
      case 'streaming':
      case 'answering':
        this.fail(phase.asked, 'closed', detail);
        this.#lost(cause, detail, true);
    }
  }

  /** The connection is gone without our doing: count it, rest, come back. */
  #lost(cause: FailureCause, detail: string, counted = false): void {
    if (!counted) this.failure(cause, detail);
    this.#rest();
    this.set({ losses: this.state.losses + 1 });
    this.#wait();
  }

  /** Nothing is sent and no connection opened for a while after a connection has ended. */
  #rest(): void {
    const { timing } = this.plan;
    this.set({
      greeted: false,
      restUntilMs: Math.max(this.state.restUntilMs, this.nowMs + timing.gapMs),
      connectFromMs: Math.max(
        this.state.connectFromMs,
        this.nowMs + (this.state.streamed ? timing.streamReconnectMs : timing.reconnectMs),
      ),
    });
    this.effects.push({ kind: 'forget-partial' });
  }

  #wait(): void {
    const { backOff } = this.plan.timing;
    const delayMs = this.state.losses === 0 ? 0 : backOffDelayMs(backOff, this.state.losses, this.draw());
    const untilMs = Math.max(this.nowMs + delayMs, this.state.connectFromMs);
    this.phase({ name: 'waiting', untilMs });
    if (this.isUnreachable) this.giveBackAll();
    // Nobody is kept waiting for a connection that comes too late for him.
    else this.giveBackLate(untilMs);
    if (delayMs === 0) this.#timeout();
  }

  /** From here on connections are tried at the slowest pace, until one of them answers. */
  #slowDown(): void {
    if (this.isConnected) return;
    this.set({ losses: Math.max(this.state.losses, MANY_LOSSES) });
    if (this.state.phase.name === 'waiting') this.#wait();
  }

  /** Closes our side; the way on starts when the socket has ended. */
  #reopen(): void {
    this.set({ losses: this.state.losses + 1, phase: { name: 'closing', reopen: true } });
    this.effects.push({ kind: 'close' });
    if (this.isUnreachable) this.giveBackAll();
  }

  #giveSlotAway(): void {
    const { phase } = this.state;
    if (phase.name === 'streaming' || (phase.name === 'answering' && phase.asked.exchange.answer === 'stream')) {
      this.refuseWaiting();
      return this.#stopStream(phase, 'close');
    }
    if (phase.name === 'stopping') {
      this.refuseWaiting();
      return this.phase({ ...phase, after: 'close' });
    }
    if (phase.name === 'answering')
      this.deliver(phase.asked, { kind: 'failed', cause: 'closed', detail: 'the slot was given away' });
    this.refuseWaiting();
    if (phase.name === 'off' || phase.name === 'waiting') return this.phase({ name: 'off' });
    if (phase.name !== 'closing') this.effects.push({ kind: 'close' });
    this.phase({ name: 'closing', reopen: false });
  }

  // --- the stream

  /** One that has not begun yet is stopped when it does: SUB before its R+0000 would leave open which answer is whose. */
  #recallStream(): void {
    const { phase } = this.state;
    if (phase.name === 'streaming') return this.#stopStream(phase, 'go-on');
    if (phase.name !== 'answering' || phase.asked.exchange.answer !== 'stream') return;
    this.phase({ ...phase, asked: { ...phase.asked, isRecalled: true } });
  }

  /** Sends SUB once; what is under way is awaited until the line is quiet. */
  #stopStream(phase: { readonly asked: Asked | null; readonly sentAtMs: number }, after: 'go-on' | 'reopen' | 'close'): void {
    const { asked, sentAtMs } = phase;
    this.set({ streamed: true });
    this.phase({ name: 'stopping', asked, sentAtMs, stoppedAtMs: this.nowMs, after });
    this.effects.push({ kind: 'send-stop' });
  }

  #streamEnded({ asked, sentAtMs }: Extract<Phase, { name: 'stopping' }>): void {
    if (asked !== null) this.deliver(asked, { kind: 'answered', value: null, sentAtMs, endAtMs: this.nowMs });
  }

  /** The line is quiet after SUB, or does not become so. */
  #streamStopped(phase: Extract<Phase, { name: 'stopping' }>): void {
    const { timing } = this.plan;
    const isQuiet = this.nowMs >= Math.max(phase.stoppedAtMs, this.state.lastByteAtMs) + timing.streamQuietMs;
    this.#streamEnded(phase);
    this.effects.push({ kind: 'forget-partial' });
    if (phase.after === 'reopen') return this.#reopen();
    if (phase.after !== 'go-on') {
      this.effects.push({ kind: 'close' });
      return this.phase({ name: 'closing', reopen: phase.after === 'close-and-reopen' });
    }
    if (!isQuiet) {
      this.failure('garbled', 'the meter did not stop its stream');
      return this.#reopen();
    }
    const lasted = this.nowMs - this.state.connectedAtMs >= timing.soundAfterMs;
    const sinceMs = Math.max(phase.stoppedAtMs, this.state.lastByteAtMs);
    this.set({
      phase: { name: 'ready', offered: false },
      restUntilMs: Math.max(this.state.restUntilMs, sinceMs + timing.gapMs),
      lastAnswerAtMs: sinceMs,
      losses: lasted ? 0 : this.state.losses,
    });
    this.#proceed();
  }

  // --- commands

  #enqueue(exchange: Exchange): void {
    const asked: Asked = { exchange, attempts: 0 };
    if (exchange.lane === 'poll') {
      if (!isFree(this.state, this.nowMs)) {
        return this.deliver(asked, { kind: 'not-sent', cause: 'late', detail: 'the meter was not free' });
      }
      this.set({ poll: asked });
      return this.#proceed();
    }
    if (this.isLeaving) {
      return this.deliver(asked, { kind: 'not-sent', cause: 'off', detail: 'the agent does not hold this meter at present' });
    }
    const { phase } = this.state;
    const comesLate = phase.name === 'waiting' && phase.untilMs >= exchange.giveUpAtMs;
    if (comesLate || (this.isUnreachable && !this.isConnected)) return this.giveBack(asked);
    if (this.state.waiting.length >= MAX_WAITING_EXCHANGES) {
      const detail = `${MAX_WAITING_EXCHANGES} commands already wait for this meter`;
      return this.deliver(asked, { kind: 'not-sent', cause: 'busy', detail });
    }
    this.set({ waiting: [...this.state.waiting, asked] });
    this.#proceed();
  }

  /**
   * Sends what is next when the rest is over, or offers the free meter. A command that waits ends a stream, and goes before a poll, but not for ever:
   * after some of them polling is asked first.
   */
  #proceed(): void {
    const { phase } = this.state;
    if (phase.name === 'streaming') return this.#stopStream(phase, 'go-on');
    if (phase.name !== 'ready' || this.nowMs < this.state.restUntilMs) return;
    const { greeting } = this.plan;
    if (!this.state.greeted && greeting !== null) return this.#send({ exchange: greeting, attempts: 0 });
    const { waiting, poll, userTurns } = this.state;
    const [first, ...rest] = waiting;
    const hasPollPassed = phase.offered && poll === null;
    if (first !== undefined && (hasPollPassed || !isPollsTurn(this.state))) {
      this.set({ waiting: rest, userTurns: userTurns + 1 });
      return this.#send(first);
    }
    if (poll !== null) {
      this.set({ poll: null, userTurns: 0 });
      return this.#send(poll);
    }
    if (phase.offered) return;
    this.phase({ name: 'ready', offered: true });
    if (first === undefined) this.set({ userTurns: 0 });
    this.effects.push({ kind: 'free', isPressed: first !== undefined });
  }

  #send(asked: Asked): void {
    this.phase({ name: 'answering', asked, sentAtMs: this.nowMs, confirmed: false });
    this.effects.push({ kind: 'send', line: asked.exchange.line });
  }

  // --- answers

  /** `null` stands for a line that was too long to be kept. */
  #line(text: string | null): void {
    this.#heard();
    // An empty line says nothing: some end their prompt with one.
    if (text === '') return;
    const { phase } = this.state;
    switch (phase.name) {
      case 'ready':
        this.effects.push({ kind: 'noise', text: text ?? '(an overlong line)' });
        return this.#drain(0, this.nowMs + this.plan.timing.drainMs, false);
      case 'answering':
        return phase.confirmed ? this.#dataLine(phase, text) : this.#resultLine(phase, text);
      case 'streaming':
        this.effects.push({ kind: 'stream-line', text });
        return this.phase({ ...phase, lastLineAtMs: this.nowMs });
      case 'stopping':
        this.effects.push({ kind: 'stream-line', text });
        return;
      case 'draining':
        return this.phase({ ...phase, owed: owedAfter(phase.owed, text) });
      case 'off':
      case 'waiting':
      case 'connecting':
      case 'closing':
        return;
    }
  }

  #resultLine(phase: Answering, text: string | null): void {
    const { exchange } = phase.asked;
    if (text !== null && isEcho(text, exchange.line)) return;
    const result = text === null ? null : parseResultCode(text);
    if (result?.kind === 'error') return this.#good(phase, { kind: 'refused-by-meter', code: result.code });
    if (result?.kind === 'ok') {
      if (exchange.answer === 'stream') return this.#streamBegan(phase);
      if (exchange.answer === 'code-and-line') return this.phase({ ...phase, confirmed: true });
      return this.#good(phase, { kind: 'answered', value: null, sentAtMs: phase.sentAtMs, endAtMs: this.nowMs });
    }
    this.set({ outOfStep: this.state.outOfStep + 1 });
    const owed = exchange.answer === 'code' ? 0 : 1;
    this.#garbled(phase, owed, `expected a result code, got ${quote(text)}`);
  }

  #streamBegan({ asked, sentAtMs }: Answering): void {
    this.set({
      phase: { name: 'streaming', asked, sentAtMs, lastLineAtMs: this.nowMs },
      greeted: true,
      streamed: true,
      lastAnswerAtMs: this.nowMs,
      failures: 0,
      lastCause: null,
      outOfStep: 0,
    });
    this.effects.push({ kind: 'good', answerMs: this.nowMs - sentAtMs });
    // What was asked while the stream began ends it, as what is asked later does.
    if (this.state.waiting.length > 0 || asked.isRecalled === true) this.#proceed();
  }

  #dataLine(phase: Answering, text: string | null): void {
    if (text === null || parseResultCode(text) !== null) {
      this.set({ outOfStep: this.state.outOfStep + 1 });
      return this.#garbled(phase, text === null ? 0 : 1, `expected a data line, got ${quote(text)}`);
    }
    const checked = phase.asked.exchange.check(text);
    if (checked.kind === 'failure') return this.#garbled(phase, 0, checked.detail);
    this.#good(phase, { kind: 'answered', value: checked.value, sentAtMs: phase.sentAtMs, endAtMs: this.nowMs });
  }

  #good(phase: Answering, outcome: Outcome): void {
    const { timing } = this.plan;
    const lasted = this.nowMs - this.state.connectedAtMs >= timing.soundAfterMs;
    this.set({
      phase: { name: 'ready', offered: false },
      greeted: true,
      restUntilMs: this.nowMs + timing.gapMs,
      lastAnswerAtMs: this.nowMs,
      losses: lasted ? 0 : this.state.losses,
    });
    // A meter that takes the greeting and then hangs up, again and again, has answered nothing that was asked.
    if (this.isGreeting(phase.asked.exchange)) return;
    this.set({ failures: 0, lastCause: null, outOfStep: 0 });
    this.effects.push({ kind: 'good', answerMs: this.nowMs - phase.sentAtMs });
    this.deliver(phase.asked, outcome);
  }

  #garbled(phase: Answering, owed: OwedLines, detail: string): void {
    this.fail(phase.asked, 'garbled', detail);
    if (phase.asked.exchange.answer === 'stream') return this.#stopStream({ asked: null, sentAtMs: phase.sentAtMs }, 'go-on');
    if (this.state.outOfStep >= 3) return this.#reopen();
    this.#drain(owed, Math.max(phase.sentAtMs + this.plan.timing.answerTimeoutMs, this.nowMs + this.plan.timing.drainMs));
  }

  /** `hasFailed`: the failure that led here has been counted; that the meter then hangs up is no second one. */
  #drain(owed: OwedLines, giveUpAtMs: number, hasFailed = true): void {
    this.set({
      phase: { name: 'draining', owed, giveUpAtMs, hasFailed },
      restUntilMs: Math.max(this.state.restUntilMs, this.nowMs + this.plan.timing.gapMs),
    });
  }

  /** The guide wants the rest after the prompt; a prompt that comes very late, or again and again, cannot hold the meter back for ever. */
  #prompt(): void {
    this.#heard();
    const { timing } = this.plan;
    const latestMs = this.state.lastAnswerAtMs + timing.latestPromptMs;
    const restUntilMs = Math.min(this.nowMs + timing.gapMs, latestMs);
    if (this.state.phase.name !== 'ready' || restUntilMs <= this.state.restUntilMs) return;
    this.set({ restUntilMs, phase: { name: 'ready', offered: false } });
  }

  #heard(): void {
    this.set({ lastByteAtMs: this.nowMs });
    if (this.state.phase.name === 'draining') this.set({ restUntilMs: this.nowMs + this.plan.timing.gapMs });
  }

  // --- time

  #timeout(): void {
    this.giveBackLate();
    const { phase } = this.state;
    if (this.nowMs < phaseDueAtMs(this.plan, this.state)) return;
    const { timing } = this.plan;
    switch (phase.name) {
      case 'off':
      case 'closing':
        return;
      case 'waiting':
        this.phase({ name: 'connecting', deadlineMs: this.nowMs + timing.connectTimeoutMs });
        this.effects.push({ kind: 'connect' });
        return;
      case 'connecting':
        this.failure('unanswered', `no connection within ${timing.connectTimeoutMs / 1000} s`);
        return this.#reopen();
      case 'ready':
        return this.#proceed();
      case 'answering': {
        const owed = phase.confirmed || phase.asked.exchange.answer === 'code' ? 1 : 2;
        this.fail(phase.asked, 'timeout', `no answer to ${phase.asked.exchange.line} within ${timing.answerTimeoutMs / 1000} s`);
        // A stream that begins late, after SUB, would swallow every command; a new connection has none.
        if (phase.asked.exchange.answer === 'stream')
          return this.#stopStream({ asked: null, sentAtMs: phase.sentAtMs }, 'reopen');
        return this.#drain(owed, this.nowMs + timing.drainMs);
      }
      case 'streaming':
        this.failure('timeout', `the stream was silent for ${timing.streamSilenceMs / 1000} s`);
        return this.#stopStream(phase, 'go-on');
      case 'stopping':
        return this.#streamStopped(phase);
      case 'draining':
        if (phase.owed > 0 || this.nowMs < this.state.lastByteAtMs + timing.quietMs) return this.#reopen();
        this.effects.push({ kind: 'forget-partial' });
        this.phase({ name: 'ready', offered: false });
        return this.#proceed();
    }
  }
}

function owedAfter(owed: OwedLines, text: string | null): OwedLines {
  if (owed === 2) return text !== null && parseResultCode(text)?.kind === 'error' ? 0 : 1;
  return 0;
}

/** With Echo on the meter repeats the command before it answers. */
function isEcho(text: string, line: string): boolean {
  return text.trim().toLowerCase() === line.toLowerCase();
}

function quote(text: string | null): string {
  return text === null ? 'an overlong line' : JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
