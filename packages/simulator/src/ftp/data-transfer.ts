import net from 'node:net';
import type { ActiveAddress } from './active-address.ts';

/** A client that opens no data port or stops reading is given up after so long. */
const STALL_LIMIT_MS = 30_000;

export type TransferEnd = 'done' | 'no-connection' | 'aborted';

/**
 * Sends content over one active-mode data connection, piece by piece as the client reads, and tells how it ended.
 * Abandon it with the signal. `cutAfterBytes` ends the connection early, as fault F14 wants.
 */
export function transfer(
  address: ActiveAddress,
  content: Iterable<Buffer>,
  options: { readonly signal: AbortSignal; readonly cutAfterBytes: number },
): Promise<TransferEnd> {
  return new Promise((resolve) => {
    let connected = false;
    let complete = false;
    let sentBytes = 0;
    const pieces = content[Symbol.iterator]();
    const socket = net.connect({ ...address, noDelay: true });
    const abandon = (): unknown => socket.destroy();
    const pump = (): void => {
      for (;;) {
        const { done, value } = pieces.next();
        if (done === true) break;
        const left = options.cutAfterBytes > 0 ? options.cutAfterBytes - sentBytes : value.length;
        const piece = value.subarray(0, left);
        sentBytes += piece.length;
        const more = socket.write(piece);
        if (piece.length < value.length) {
          socket.destroySoon();
          return;
        }
        if (!more) {
          socket.once('drain', pump);
          return;
        }
      }
      complete = true;
      socket.end();
    };
    options.signal.addEventListener('abort', abandon, { once: true });
    socket.setTimeout(STALL_LIMIT_MS, abandon);
    socket.on('error', () => {});
    socket.once('connect', () => {
      connected = true;
      socket.resume();
      pump();
    });
    socket.once('close', (hadError) => {
      options.signal.removeEventListener('abort', abandon);
      resolve(connected ? (complete && !hadError ? 'done' : 'aborted') : 'no-connection');
    });
  });
}
