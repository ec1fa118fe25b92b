import type net from 'node:net';

/** Ends a connection with RST at once. */
export function refuse(socket: net.Socket): void {
  socket.on('error', () => {});
  socket.resetAndDestroy();
}
