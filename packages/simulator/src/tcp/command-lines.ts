/** What a client sends, cut into command lines and SUB bytes. Unlike the meter's own output, `$` is plain text here: the meter refuses it. */
const SUB = 0x1a;
const LF = 0x0a;
/** No command is longer; the rest of a longer line is thrown away. */
const MAX_LINE_BYTES = 256;

export type ClientInput = { readonly kind: 'line'; readonly text: string } | { readonly kind: 'stop' };

export class CommandLines {
  #held = '';

  push(bytes: Uint8Array): ClientInput[] {
    const inputs: ClientInput[] = [];
    for (const byte of bytes) {
      if (byte === SUB) inputs.push({ kind: 'stop' });
      else if (byte === LF) {
        const text = this.#held.replace(/\r$/, '');
        this.#held = '';
        if (text !== '') inputs.push({ kind: 'line', text });
      } else if (this.#held.length < MAX_LINE_BYTES) this.#held += String.fromCharCode(byte);
    }
    return inputs;
  }
}
