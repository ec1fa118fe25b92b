import net from 'node:net';

/** Where an active-mode client waits for the data connection. */
export interface ActiveAddress {
  readonly host: string;
  readonly port: number;
}

/** `PORT h1,h2,h3,h4,p1,p2` (RFC 959), or `null`. */
export function parsePort(argument: string): ActiveAddress | null {
  const match = /^(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})$/.exec(argument);
  if (match === null) return null;
  const numbers = match.slice(1).map(Number);
  if (numbers.some((number) => number > 255)) return null;
  const [a = 0, b = 0, c = 0, d = 0, high = 0, low = 0] = numbers;
  return withPort(`${a}.${b}.${c}.${d}`, high * 256 + low);
}

/** `EPRT |1|host|port|` (RFC 2428), or `null`. */
export function parseEprt(argument: string): ActiveAddress | null {
  const [before, family, host = '', port = '', after] = argument.split(argument.charAt(0));
  if (before !== '' || after !== '' || (family !== '1' && family !== '2')) return null;
  if (net.isIP(host) !== (family === '1' ? 4 : 6) || !/^\d{1,5}$/.test(port)) return null;
  return withPort(host, Number(port));
}

function withPort(host: string, port: number): ActiveAddress | null {
  return port >= 1 && port <= 65_535 ? { host, port } : null;
}
