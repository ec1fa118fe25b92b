import type { LiveSurroundings, Socket, SocketEvents } from './live-socket.ts';

/** The socket, the time and the chance of a browser. */
export const browserSurroundings: LiveSurroundings = { open: openSocket, after: afterDelay, random: Math.random };

function openSocket(events: SocketEvents): Socket {
  const address = new URL('/api/v1/live', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  socket.addEventListener('open', () => events.opened());
  socket.addEventListener('message', (event) => events.received(event.data));
  socket.addEventListener('close', () => events.closed());
  return socket;
}

function afterDelay(delayMs: number, task: () => void): () => void {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
}
