import { createServer } from 'node:net';

/** The first of these places where nobody can listen, and why; `null` when all are free. */
export async function firstTakenPort(places) {
  for (const place of places) {
    const code = await tryListening(place.host, place.port);
    if (code === 'EADDRINUSE') return { ...place, why: 'taken' };
    if (code === 'EACCES') return { ...place, why: 'not allowed without more rights' };
    if (code !== null)
      throw new Error(`${place.hostVariable}=${place.host} cannot be listened on (${code}); 127.0.0.1 always can.`);
  }
  return null;
}

/** The error code of trying to listen, or `null`. */
function tryListening(host, port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.code ?? 'unknown'));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}
