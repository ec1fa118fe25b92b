/** Replays recorded cases against a hub (or against SLMM itself) and says how each went. */
import { WebSocket } from 'ws';
import type { Bench, Prepared } from './bench.ts';
import { differences } from './compare.ts';
import { type Golden, withPorts } from './golden.ts';
import { explained, type KnownDifference } from './known-differences.ts';

export interface Target {
  /** `http://host:port`. */
  readonly url: string;
  readonly token: string | null;
  /** Ports of the recording and what stands for them here. */
  readonly ports: Readonly<Record<number, number>>;
  readonly known: readonly KnownDifference[];
  /** Brings about what a case needs of its meters; without it cases that need something are skipped. */
  readonly bench?: Bench;
}

/** `not yet`: the hub says that its edge cannot do this (501), or the document says so. */
export type Verdict = 'pass' | 'expected difference' | 'not yet' | 'skipped' | 'fail';

export interface Result {
  readonly golden: Golden;
  readonly verdict: Verdict;
  readonly status: number | null;
  /** What differs, or why it is as it is. */
  readonly details: readonly string[];
}

/** Preconditions that lie in the meter and not in the API. */
const NEEDS_METER =
  /hang|R\+00\b|2 fields|RST|control port closed|refuses|--stopped|never measured|R\+0004 expected|fault ended|wedge|one Stop|95 dB|acknowledge/i;
const CASE_MS = 330_000;

export async function replay(golden: Golden, target: Target): Promise<Result> {
  const ready = await prepared(golden, target.bench);
  if (ready.kind === 'cannot') return { golden, verdict: 'skipped', status: null, details: [`needs of the meter: ${ready.why}`] };
  const here = withPorts({ ...golden, path: ready.path ?? golden.path }, target.ports);
  const during = ready.during?.();
  const { status, problems } = golden.method === 'WS' ? await replaySocket(here, target) : await replayRequest(here, target);
  await during;
  if (problems.length === 0) return { golden, verdict: 'pass', status, details: [] };
  const known = explained(target.known, golden.name, status, golden.status);
  if (known !== null)
    return {
      golden,
      verdict: known.reason.startsWith('Not yet') ? 'not yet' : 'expected difference',
      status,
      details: [known.reason],
    };
  return { golden, verdict: status === 501 ? 'not yet' : 'fail', status, details: problems };
}

async function prepared(golden: Golden, bench: Bench | undefined): Promise<Prepared> {
  if (bench !== undefined) return bench.prepare(golden);
  const why = golden.preconditions ?? '';
  return NEEDS_METER.test(why) ? { kind: 'cannot', why } : { kind: 'ready' };
}

interface Outcome {
  readonly status: number;
  readonly problems: readonly string[];
}

async function replayRequest(golden: Golden, { url, token }: Target): Promise<Outcome> {
  const isBroken = golden.name.includes('not_json');
  const hasBody = golden.body !== null && golden.body !== undefined;
  const response = await fetch(`${url}${golden.path}`, {
    method: golden.method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(hasBody || isBroken ? { 'content-type': 'application/json' } : {}),
      ...(golden.name === 'cors_get' ? { origin: 'https://evil.example' } : {}),
    },
    ...(isBroken ? { body: '{not json' } : hasBody ? { body: JSON.stringify(golden.body) } : {}),
    signal: AbortSignal.timeout(CASE_MS),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const problems: string[] = [];
  const { status } = response;
  if (status !== golden.status)
    problems.push(`status ${status} instead of ${golden.status}: ${bytes.toString('utf8').slice(0, 300)}`);
  const type = response.headers.get('content-type');
  if (golden.content_type !== undefined && status === golden.status && type?.toLowerCase() !== golden.content_type.toLowerCase())
    problems.push(`content-type ${type} instead of ${golden.content_type}`);
  if (golden.name === 'cors_get' && response.headers.get('access-control-allow-origin') === null)
    problems.push('no access-control-allow-origin');
  if (golden.response !== null && status === golden.status) {
    try {
      problems.push(...differences(golden.response, JSON.parse(bytes.toString('utf8')), golden.volatile ?? []));
    } catch {
      problems.push('the answer is no JSON');
    }
  }
  return { status, problems };
}

interface Shape {
  readonly shape: { readonly keys: readonly string[]; readonly feed_status: string | null };
}
interface Recording {
  readonly seconds: number;
  readonly first: Readonly<Record<string, unknown>> | null;
  readonly shapes: readonly Shape[];
  readonly closed_by_server: readonly [number, string] | null;
}

/** A hub says within this why there is nothing to say: the meter has to be free, and to begin. */
const FIRST_MESSAGE_MS = 20_000;

/** Listens as long as the recording did, from the first message on; that one, the shapes and the end count. */
async function replaySocket(golden: Golden, { url, token }: Target): Promise<Outcome> {
  const recorded = golden.response as Recording;
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${golden.path}`, {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  });
  const messages: Record<string, unknown>[] = [];
  let closed: number | null = null;
  let refused = 0;
  await new Promise<void>((resolve) => {
    let limit = setTimeout(resolve, FIRST_MESSAGE_MS + recorded.seconds * 1000);
    socket.once('message', () => {
      clearTimeout(limit);
      limit = setTimeout(resolve, recorded.seconds * 1000 + 2_000);
    });
    const end = (): void => {
      clearTimeout(limit);
      resolve();
    };
    socket.on('message', (bytes: Buffer) => messages.push(JSON.parse(bytes.toString('utf8')) as Record<string, unknown>));
    socket.on('unexpected-response', (_request, response) => {
      refused = response.statusCode ?? 0;
      end();
    });
    socket.on('error', end);
    socket.on('close', (code) => {
      closed = code;
      end();
    });
  });
  socket.terminate();
  if (refused !== 0) return { status: refused, problems: [`the upgrade was refused with ${refused}`] };
  const problems: string[] = [];
  const [first] = messages;
  if (first === undefined) problems.push('nothing was sent');
  const keys = new Set(messages.map((message) => Object.keys(message).join()));
  for (const { shape } of recorded.shapes)
    if (!keys.has(shape.keys.join()))
      problems.push(`no message with the keys ${shape.keys.join()}; got ${[...keys].join(' and ')}`);
  const expectedFirst = recorded.first;
  if (expectedFirst !== null && first !== undefined && 'error' in expectedFirst)
    problems.push(...differences(expectedFirst, first, []));
  if (recorded.closed_by_server !== null && closed !== recorded.closed_by_server[0])
    problems.push(`closed with ${closed} instead of ${recorded.closed_by_server[0]}`);
  return { status: 101, problems };
}

/** The results as text: a line for each that needs to be looked at, and the counts. */
export function tableOf(results: readonly Result[], all: boolean): string {
  const rows = results
    .filter(({ verdict }) => all || verdict !== 'pass')
    .map(
      ({ golden, verdict, status, details }) =>
        `${verdict.padEnd(19)} ${golden.id.padEnd(44)} ${String(golden.status).padEnd(4)} ${String(status ?? '-').padEnd(4)} ${details.join('; ').slice(0, 400)}`,
    );
  const counts = new Map<Verdict, number>();
  for (const { verdict } of results) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const sums = [...counts].map(([verdict, count]) => `${verdict} ${count}`).join(', ');
  return [`${'verdict'.padEnd(19)} ${'case'.padEnd(44)} SLMM hub`, ...rows, '', `${results.length} cases: ${sums}`].join('\n');
}
