import type { ControlSocket } from './network.ts';

/** Ends a connection with RST at once. */
export function refuse(socket: ControlSocket): void {
  socket.on('error', () => {});
  socket.resetAndDestroy();
}
