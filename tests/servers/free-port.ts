/**
 * Ports for programs that have to be told one before they start. They lie below the range from which the system serves connections and `listen(0)`: a port of that
 * range that is free now may be somebody's a moment later, and a test would fail once in a while.
 */
import { createServer } from 'node:net';

const LOWEST = 10_000;
const HIGHEST = 19_999;
const TRIES = 100;

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort(): Promise<number> {
  for (let left = TRIES; left > 0; left -= 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (await canListen(port)) return port;
  }
  throw new Error(`no port from ${LOWEST} to ${HIGHEST} is free on 127.0.0.1`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
