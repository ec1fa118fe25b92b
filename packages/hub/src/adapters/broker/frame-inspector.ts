/**
 * Looks at a client's byte stream before the broker's parser does: framing, sizes, and that CONNECT comes first. Pure.
 * The parser behind it buffers whatever a fixed header announces, up to 256 MB; here it announces no more than we allow.
 * Source: MQTT 3.1.1 sections 2.2 (fixed header), 3.1 (CONNECT). Neighbours: guarded-connection.ts.
 */

/** Largest CONNECT, bytes after the fixed header: ids, will, user name and password. */
export const MAX_CONNECT_BYTES = 16_384;
/** Largest PUBLISH, bytes after the fixed header. */
export const MAX_PUBLISH_BYTES = 1_048_576;
/** Largest of any other packet: a SUBSCRIBE with a thousand filters. */
const MAX_OTHER_BYTES = 131_072;

/** What to do with the bytes. `answer`: what to tell the client before the connection ends; `null` for nothing. */
export type Inspection =
  | { readonly kind: 'pass'; readonly bytes: readonly Buffer[] }
  | { readonly kind: 'refuse'; readonly reason: string; readonly answer: Buffer | null };

const PACKETS: Readonly<
  Record<number, { readonly name: string; readonly flags: number | null; readonly max: number; readonly min: number }>
> = {
  1: { name: 'CONNECT', flags: 0, min: 10, max: MAX_CONNECT_BYTES },
  3: { name: 'PUBLISH', flags: null, min: 2, max: MAX_PUBLISH_BYTES },
  4: { name: 'PUBACK', flags: 0, min: 2, max: 2 },
  5: { name: 'PUBREC', flags: 0, min: 2, max: 2 },
  6: { name: 'PUBREL', flags: 2, min: 2, max: 2 },
  7: { name: 'PUBCOMP', flags: 0, min: 2, max: 2 },
  8: { name: 'SUBSCRIBE', flags: 2, min: 5, max: MAX_OTHER_BYTES },
  10: { name: 'UNSUBSCRIBE', flags: 2, min: 4, max: MAX_OTHER_BYTES },
  12: { name: 'PINGREQ', flags: 0, min: 0, max: 0 },
  14: { name: 'DISCONNECT', flags: 0, min: 0, max: 0 },
};

/** CONNACK of MQTT 5 with reason 0x84, "unsupported protocol version" (MQTT 5 section 3.2.2.2): what a client of version 5 understands. */
const REFUSE_VERSION_5 = Buffer.from([0x20, 0x03, 0x00, 0x84, 0x00]);
/** CONNACK of MQTT 3.1.1 with return code 1, "unacceptable protocol version". */
const REFUSE_VERSION = Buffer.from([0x20, 0x02, 0x00, 0x01]);

/** State between two chunks. CONNECT is collected whole; everything later is passed on as it comes. */
export class FrameInspector {
  #phase: 'connect' | 'open' = 'connect';
  #header: number[] = [];
  #collected: Buffer[] = [];
  #bodyLeft = 0;

  /** Whether CONNECT has passed. */
  get isConnected(): boolean {
    return this.#phase === 'open';
  }

  /**
   * Takes the next chunk. Passes on whole buffers and slices of it, nothing copied.
   * After CONNECT it stops at its end: `rest` is to be offered again once the client is admitted.
   */
  inspect(chunk: Buffer): Inspection & { readonly rest?: Buffer } {
    return this.#phase === 'connect' ? this.#inspectConnect(chunk) : this.#inspectOpen(chunk);
  }

  #inspectConnect(chunk: Buffer): Inspection & { readonly rest?: Buffer } {
    if (chunk.length === 0) return { kind: 'pass', bytes: [] };
    let offset = 0;
    while (this.#bodyLeft === 0 && offset < chunk.length) {
      const refusal = this.#headerByte(chunk[offset] ?? 0);
      offset += 1;
      if (refusal !== null) return refusal;
    }
    const taken = Math.min(this.#bodyLeft, chunk.length - offset);
    this.#bodyLeft -= taken;
    this.#collected.push(chunk.subarray(0, offset + taken));
    // A CONNECT has a body, so none is left only before the header's end or after the whole packet.
    if (this.#bodyLeft > 0 || this.#header.length > 0) return { kind: 'pass', bytes: [] };
    const packet = Buffer.concat(this.#collected);
    this.#collected = [];
    const refusal = refusedVersion(packet);
    if (refusal !== null) return refusal;
    this.#phase = 'open';
    return { kind: 'pass', bytes: [packet], rest: chunk.subarray(offset + taken) };
  }

  #inspectOpen(chunk: Buffer): Inspection {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#bodyLeft > 0) {
        const skipped = Math.min(this.#bodyLeft, chunk.length - offset);
        this.#bodyLeft -= skipped;
        offset += skipped;
      } else {
        const refusal = this.#headerByte(chunk[offset] ?? 0);
        offset += 1;
        if (refusal !== null) return refusal;
      }
    }
    return { kind: 'pass', bytes: [chunk] };
  }

  /** One byte of a fixed header. When it is complete, the length of the body is known and the header forgotten. */
  #headerByte(byte: number): Extract<Inspection, { readonly kind: 'refuse' }> | null {
    this.#header.push(byte);
    const [first = 0, ...lengths] = this.#header;
    const packet = PACKETS[first >> 4];
    if (packet === undefined) return refuse(`packet type ${first >> 4} does not come from a client`);
    if (this.#phase === 'connect' && packet.name !== 'CONNECT') return refuse(`${packet.name} before CONNECT`);
    if (this.#phase === 'open' && packet.name === 'CONNECT') return refuse('a second CONNECT');
    const flags = first & 0x0f;
    if (packet.flags === null ? (flags & 0x06) === 0x06 : flags !== packet.flags)
      return refuse(`${packet.name} with flags ${flags}`);
    if (lengths.length === 0) return null;
    const goesOn = byte >= 0x80;
    if (goesOn && lengths.length === 4) return refuse('a remaining length of more than four bytes');
    if (goesOn) return null;
    const bytes = lengths.reduce((sum, part, index) => sum + (part & 0x7f) * 128 ** index, 0);
    this.#header = [];
    if (bytes > packet.max || bytes < packet.min)
      return refuse(`${packet.name} of ${bytes} bytes, ${packet.min} to ${packet.max} are allowed`);
    this.#bodyLeft = bytes;
    return null;
  }
}

/** Looks for the protocol name and level in a whole CONNECT (section 3.1.2). */
function refusedVersion(packet: Buffer): Extract<Inspection, { readonly kind: 'refuse' }> | null {
  let offset = 1;
  while ((packet[offset] ?? 0) >= 0x80) offset += 1;
  offset += 1;
  const length = packet.length >= offset + 2 ? packet.readUInt16BE(offset) : 0;
  const name = packet.toString('latin1', offset + 2, offset + 2 + length);
  // Bridges of some brokers set the top bit.
  const level = (packet[offset + 2 + length] ?? 0) & 0x7f;
  if (name === 'MQTT' && level === 5) return refuse('MQTT 5 is not spoken here, use 3.1.1', REFUSE_VERSION_5);
  if ((name === 'MQTT' && level === 4) || (name === 'MQIsdp' && level === 3)) return null;
  if (name === 'MQTT' || name === 'MQIsdp') return refuse(`protocol level ${level} is not spoken here`, REFUSE_VERSION);
  return refuse('CONNECT does not name MQTT');
}

function refuse(reason: string, answer: Buffer | null = null): Extract<Inspection, { readonly kind: 'refuse' }> {
  return { kind: 'refuse', reason, answer };
}
