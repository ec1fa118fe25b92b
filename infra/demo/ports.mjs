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

/** Where runs of ports are looked for: below the ports that systems hand out by themselves. */
const LOWEST = 20_000;
const HIGHEST = 30_000;

/** The first of `count` neighbouring ports that are free now: `kept` if those are, else others. */
export async function freeRun(host, count, kept) {
  for (let tries = 0, first = kept ?? anyFirst(); tries < 50; tries += 1, first = anyFirst()) {
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map((port) => tryListening(host, port)))).every((code) => code === null)) return first;
  }
  throw new Error(`No ${count} neighbouring ports are free on ${host} for the simulated meters.`);
}

const anyFirst = () => LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));

/** The error code of trying to listen, or `null`. */
function tryListening(host, port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.code ?? 'unknown'));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}
