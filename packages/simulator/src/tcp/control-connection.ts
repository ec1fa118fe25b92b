/** One client on the control port: takes command lines one after the other, answers in the meter's time, streams ticks until SUB. */
import type { FaultSet } from '../faults/fault-set.ts';
import { cutAnswer } from '../faults/garble.ts';
import type { Outcome } from '../meter/execute.ts';
import type { MeterReport } from '../meter-report.ts';
import type { SimTime } from '../sim-time.ts';
import { CommandLines } from './command-lines.ts';
import { DrdStream } from './drd-stream.ts';
import type { ControlSocket } from './network.ts';
import type { Reply } from './reply.ts';

/** A meter keeps a few commands that come too fast; further ones are dropped. */
const MAX_WAITING = 16;
/** A client that does not read loses stream lines, never the simulator its memory. */
const MAX_UNSENT_BYTES = 262_144;
/** Pieces of cut text still to be sent (F5) beyond which stream lines are lost: the cutting is slower than the stream. */
const MAX_PIECES = 500;

/** A meter that heard nothing of its client's end holds the slot about so long. */
const FROZEN_RELEASE_MS = 60_000;

/** What the connection needs of its meter. */
export interface ConnectionHost {
  readonly time: SimTime;
  readonly faults: FaultSet;
  /** How long after an answer the prompt comes. */
  readonly promptMs: number;
  /** Notes what happens for the report. */
  readonly seen: MeterReport;
  execute(line: string, receivedMs: number): { readonly outcome: Outcome; readonly reply: Reply };
  streamLine(kind: 'drd' | 'drd-status', counter: number): string;
  onAnswered(reply: Reply): void;
  /** The client has gone: by FIN, by reset, or thrown out. Called once. */
  onGone(connection: ControlConnection): void;
}

export class ControlConnection {
  readonly #socket: ControlSocket;
  readonly #host: ConnectionHost;
  readonly #lines = new CommandLines();
  readonly #waiting: { readonly line: string; readonly receivedMs: number }[] = [];
  readonly #pieces: string[] = [];
  readonly #cancels = new Set<() => void>();
  #stream: { readonly kind: 'drd' | 'drd-status'; readonly lines: DrdStream } | null = null;
  #busy = false;
  #frozen = false;
  #gone = false;
  #gluedPrompt = '';
  #keptBack = '';
  /** Whether a stream has run, after which the meter is slower to take the next client. */
  streamed = false;

  constructor(socket: ControlSocket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('end', () => this.#finish());
    socket.on('error', () => {});
    socket.on('close', () => this.#leave());
  }

  /** Nothing more is sent, read or ended: a dead peer whose address still exists. */
  freeze(): void {
    this.#frozen = true;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Ends with RST, as a rebooted meter does to a connection it has forgotten. */
  reset(): void {
    this.#socket.resetAndDestroy();
    this.#leave();
  }

  /** Ends with FIN. */
  end(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }

  /** A tick of sound is over; a running stream sends its line. */
  tick(tickMs: number): void {
    const stream = this.#stream;
    if (stream === null || this.#frozen || this.#gone) return;
    if (!stream.lines.over) {
      const piece = stream.lines.next(tickMs, (counter) => this.#host.streamLine(stream.kind, counter), this.#host.faults);
      if (piece.text !== '' && this.#socket.writableLength < MAX_UNSENT_BYTES && this.#pieces.length < MAX_PIECES) {
        this.#write(piece.text);
        this.#host.seen.streamed();
      }
      if (piece.cut) this.end();
    }
    if (stream.lines.over) this.#endStream();
  }

  #receive(bytes: Buffer): void {
    if (this.#frozen) return;
    this.#host.seen.received(bytes.length);
    for (const input of this.#lines.push(bytes)) {
      if (input.kind === 'stop') this.#stop();
      else if (this.#stream !== null) this.#host.seen.dropped();
      else if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ line: input.text, receivedMs: this.#host.time.nowMs() });
      else this.#host.seen.dropped();
    }
    this.#takeNext();
  }

  #stop(): void {
    if (this.#stream === null) return;
    this.#stream.lines.stop(this.#host.faults);
    if (this.#stream.lines.over) this.#endStream();
  }

  #endStream(): void {
    this.#stream = null;
    this.#prompt();
  }

  #takeNext(): void {
    if (this.#busy || this.#frozen) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#busy = true;
    const { outcome, reply } = this.#host.execute(next.line, next.receivedMs);
    this.#after(reply.delayMs, () => {
      this.#busy = false;
      if (reply.text !== '') this.#answer(reply);
      if (reply.resets) return this.reset();
      if (outcome.stream !== undefined) {
        this.#stream = { kind: outcome.stream, lines: new DrdStream() };
        this.streamed = true;
      } else if (reply.text !== '') this.#prompt();
      this.#takeNext();
    });
  }

  #answer(reply: Reply): void {
    const text = this.#gluedPrompt + reply.text;
    this.#gluedPrompt = '';
    const cut = this.#host.faults.get('F5');
    if (cut?.mode === 'together' && this.#keptBack === '') {
      this.#keptBack = text;
      this.#after(cut.gapMs, () => this.#writeKeptBack(''));
    } else this.#writeKeptBack(text);
    this.#host.onAnswered(reply);
  }

  #writeKeptBack(text: string): void {
    const all = this.#keptBack + text;
    this.#keptBack = '';
    if (all !== '') this.#write(all);
  }

  #prompt(): void {
    const odd = this.#host.faults.get('F4');
    if (odd?.mode === 'missing') return;
    if (odd?.mode === 'glued') this.#gluedPrompt = '$';
    else
      this.#after(odd?.mode === 'late' ? odd.delayMs : this.#host.promptMs, () =>
        this.#write(odd?.mode === 'double' ? '$$' : '$'),
      );
  }

  /** Sends text whole, or in the pieces of fault F5 one after the other. */
  #write(text: string): void {
    const cut = this.#host.faults.get('F5');
    const pieces = cut === null || cut.mode === 'together' ? [text] : cutAnswer(text, cut.mode);
    if (pieces.length === 1 && this.#pieces.length === 0) return this.#writeNow(text);
    const idle = this.#pieces.length === 0;
    this.#pieces.push(...pieces);
    if (idle) this.#writePieces();
  }

  /** Without a gap, or once the fault is over, what is left goes out at once. */
  #writePieces(): void {
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      this.#writeNow(piece);
      const gapMs = this.#host.faults.get('F5')?.gapMs ?? 0;
      if (gapMs > 0) {
        this.#after(gapMs, () => {
          this.#pieces.shift();
          this.#writePieces();
        });
        return;
      }
      this.#pieces.shift();
    }
  }

  #writeNow(text: string): void {
    if (this.#frozen || this.#gone || !this.#socket.writable) return;
    this.#socket.write(text, 'latin1');
    this.#host.seen.sent(text.length);
  }

  /** The client has sent its FIN. */
  #finish(): void {
    if (this.#frozen) {
      this.#after(this.#host.faults.get('F16')?.releaseMs ?? FROZEN_RELEASE_MS, () => this.reset());
      return;
    }
    const silentMs = this.#host.faults.get('F3')?.silentMs ?? 0;
    if (silentMs > 0) {
      this.freeze();
      this.#after(silentMs, () => this.reset());
    } else this.#socket.end();
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#host.onGone(this);
  }

  #after(delayMs: number, task: () => void): void {
    if (this.#gone) return;
    if (delayMs <= 0) return task();
    const cancel = this.#host.time.after(delayMs, () => {
      this.#cancels.delete(cancel);
      task();
    });
    this.#cancels.add(cancel);
  }
}
