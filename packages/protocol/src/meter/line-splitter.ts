/**
 * Cuts the meter's byte stream into tokens. Pure: bytes in, tokens out, no matter how the network cut the bytes.
 * The meter ends lines with CR LF and prints a bare `$` when it is ready; that prompt has no line end of its own,
 * so it arrives glued to the front of the next answer or alone on an idle line.
 */

/** One piece of the meter's output. `overlong` stands for a line that was thrown away because it passed the bound. */
export type MeterToken =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'prompt' }
  | { readonly kind: 'overlong'; readonly bytes: number };

const CR = 0x0d;
const LF = 0x0a;
const PROMPT = 0x24;
/** The longest known line, DRD?status with octave bands, stays far below this. */
const DEFAULT_MAX_LINE_BYTES = 4096;

/** Splits bytes at LF, drops the CR before it, and lifts `$` out of every line start. Holds at most `maxLineBytes` bytes. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #held: number[] = [];
  #skippedBytes = 0;

  constructor(maxLineBytes: number = DEFAULT_MAX_LINE_BYTES) {
    this.#maxLineBytes = maxLineBytes;
  }

  /**
   * Takes the next bytes and gives the tokens they complete. Bytes outside ASCII stay in the text as the characters
   * U+0000..U+00FF, so that a decoder sees and refuses them. A prompt is given at once, without waiting for a line end.
   */
  push(bytes: Uint8Array): MeterToken[] {
    const tokens: MeterToken[] = [];
    for (const byte of bytes) {
      if (byte === LF) tokens.push(this.#endLine());
      else if (byte === PROMPT && this.pendingBytes === 0) tokens.push({ kind: 'prompt' });
      else if (this.#skippedBytes > 0) this.#skippedBytes += 1;
      else if (this.#held.length < this.#maxLineBytes) this.#held.push(byte);
      else {
        this.#skippedBytes = this.#held.length + 1;
        this.#held = [];
      }
    }
    return tokens;
  }

  /** Bytes of the line that has begun and not ended, held or skipped. */
  get pendingBytes(): number {
    return this.#held.length + this.#skippedBytes;
  }

  /** Forgets the unfinished line, as after a reconnect. */
  reset(): void {
    this.#held = [];
    this.#skippedBytes = 0;
  }

  #endLine(): MeterToken {
    const skippedBytes = this.#skippedBytes;
    const held = this.#held;
    this.reset();
    if (skippedBytes > 0) return { kind: 'overlong', bytes: skippedBytes };
    if (held.at(-1) === CR) held.pop();
    return { kind: 'line', text: latin1(held) };
  }
}

/** In slices, because a call takes only so many arguments. */
function latin1(bytes: readonly number[]): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 1024) text += String.fromCharCode(...bytes.slice(start, start + 1024));
  return text;
}
