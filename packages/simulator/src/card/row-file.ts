import type { CardFile } from './card-entry.ts';

/** Rows are computed and handed out in pieces of about this size. */
const PIECE_ROWS = 256;

/**
 * A text file of a header and rows of one fixed width, so that its size is known without its content and any offset can be computed.
 * `rowAt` is asked for rows in order from the first one needed.
 */
export function rowFile(file: {
  readonly name: string;
  readonly modifiedNaiveMs: number;
  readonly header: string;
  readonly rowBytes: number;
  readonly rows: number;
  /** Starts reading at a row; each call of what it gives is the next row. */
  readonly rowsFrom: (firstRow: number) => () => string;
}): CardFile {
  const headerBytes = Buffer.byteLength(file.header, 'latin1');
  return {
    kind: 'file',
    name: file.name,
    modifiedNaiveMs: file.modifiedNaiveMs,
    sizeBytes: headerBytes + file.rows * file.rowBytes,
    *read(offset) {
      if (offset < headerBytes) yield Buffer.from(file.header, 'latin1').subarray(offset);
      let row = Math.max(0, Math.floor((offset - headerBytes) / file.rowBytes));
      let skipBytes = Math.max(0, offset - headerBytes - row * file.rowBytes);
      const next = file.rowsFrom(row);
      while (row < file.rows) {
        const count = Math.min(PIECE_ROWS, file.rows - row);
        const piece = Buffer.from(Array.from({ length: count }, next).join(''), 'latin1');
        yield piece.subarray(skipBytes);
        skipBytes = 0;
        row += count;
      }
    },
  };
}

/** A file of which only the size matters; its bytes are a fixed pattern without a period, so that a missing piece shows, after an optional beginning. */
export function patternFile(name: string, modifiedNaiveMs: number, sizeBytes: number, beginning = ''): CardFile {
  return {
    kind: 'file',
    name,
    modifiedNaiveMs,
    sizeBytes,
    *read(offset) {
      for (let from = offset; from < sizeBytes; from += 16_384) {
        const piece = Buffer.alloc(Math.min(16_384, sizeBytes - from));
        for (let index = 0; index < piece.length; index += 1) piece[index] = Math.imul(from + index, 0x9e3779b1) >>> 24;
        if (from < beginning.length) piece.write(beginning.slice(from), 0, 'latin1');
        yield piece;
      }
    },
  };
}
