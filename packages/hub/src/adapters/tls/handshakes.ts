/**
 * Connections of a TLS server on which nothing is agreed yet: nobody else knows them, so they are bounded here, and ended when the server closes, which would wait for them.
 * Neighbours: encrypt.ts.
 */
import type { Socket } from 'node:net';
import type { Server } from 'node:tls';

/** Handshakes under way; beyond that new connections are closed at once. */
const MAX_HANDSHAKES = 1_000;
const MAX_HANDSHAKES_PER_ADDRESS = 200;

/** Returns what ends those under way. `refused` is told of an address whose connection is closed because there are too many. */
export function boundHandshakes(server: Server, refused: (address: string) => void): () => void {
  const pending = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress: address = 'unknown' } = socket;
    const fromHere = [...pending.values()].filter((other) => other.remoteAddress === address);
    if (pending.size >= MAX_HANDSHAKES || fromHere.length >= MAX_HANDSHAKES_PER_ADDRESS) {
      refused(address);
      socket.destroy();
      return;
    }
    const place = placeOf(socket);
    pending.set(place, socket);
    socket.once('close', () => {
      if (pending.get(place) === socket) pending.delete(place);
    });
  });
  server.on('secureConnection', (socket) => pending.delete(placeOf(socket)));
  return () => {
    for (const socket of pending.values()) socket.destroy();
  };
}

/** The other end of a connection, by which the encrypted socket is known to be the same. */
function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
