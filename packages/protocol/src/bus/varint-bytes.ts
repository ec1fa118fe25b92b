/** Bytes of the batch codec: variable-length integers (LEB128, 7 bits a byte, least significant first), signed ones by zigzag. Exact over all safe integers. */

/** Collects bytes; grows as needed. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no unsigned safe integer`);
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** A whole number of either sign, up to 2^52 - 1 in size. */
  zigzag(value: number): void {
    this.varint(zigzagOf(value));
  }

  /** ASCII text of at most 255 characters, after its length. */
  text(value: string): void {
    this.byte(value.length);
    this.bytes(new TextEncoder().encode(value));
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** The bytes ended early or do not say what they must. Thrown by `ByteReader` and caught where a batch is decoded; it goes no further. */
export class BadBytes extends Error {
  override readonly name = 'BadBytes';
}

/** Reads what `ByteWriter` wrote; throws `BadBytes` at the first thing that cannot be. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) throw new BadBytes('it ends early');
    this.#offset += 1;
    return value;
  }

  bytes(count: number): Uint8Array {
    if (this.#offset + count > this.#bytes.length) throw new BadBytes('it ends early');
    this.#offset += count;
    return this.#bytes.subarray(this.#offset - count, this.#offset);
  }

  varint(): number {
    // Most numbers are small.
    const first = this.#bytes[this.#offset];
    if (first !== undefined && first < 128) {
      this.#offset += 1;
      return first;
    }
    let value = 0;
    for (let scale = 1, index = 0; index < 8; index += 1, scale *= 128) {
      const byte = this.byte();
      value += (byte % 128) * scale;
      if (byte < 128) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw new BadBytes('a number is too large');
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(): string {
    return String.fromCharCode(...this.bytes(this.byte()));
  }

  /** Everything not read yet. */
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#offset);
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }
}

/** 0, -1, 1, -2, … become 0, 1, 2, 3, …: small numbers of either sign need few bytes. */
export function zigzagOf(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
