import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ExampleServer, startExample } from '../../adapters/http/server-example.ts';

/** One request that SLMM 0.4.0 refused, and its answer. */
interface Refusal {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly answer: unknown;
}

const CAPTURE = new URL('../../../../../tests/captures/slmm-0.4.0/refusals.json', import.meta.url);
const refusals = JSON.parse(readFileSync(CAPTURE, 'utf8')) as readonly Refusal[];

let server: ExampleServer;
beforeEach(async () => {
  // The units that the capture speaks of as existing.
  server = await startExample({ units: ['x', 'p', 'h'] });
  await server.ask('PUT', '/api/nl43/p/config', { body: { tcp_enabled: false } });
});
afterEach(() => server.http.close());

describe('what SLMM 0.4.0 refuses', () => {
  it('is refused in its words: every kind of mistake in bodies, queries and paths', { timeout: 60_000 }, async () => {
    const different: unknown[] = [];
    for (const { method, path, body, headers, status, answer } of refusals) {
      const response = await server.ask(method, path, { ...(body === undefined ? {} : { body }), ...(headers && { headers }) });
      const text = await response.text();
      const got: unknown = text === '' ? null : JSON.parse(text);
      if (response.status !== status || JSON.stringify(got) !== JSON.stringify(answer))
        different.push({ method, path, body, expected: [status, answer], got: [response.status, got] });
    }
    expect(different.slice(0, 5)).toEqual([]);
    expect(refusals.length).toBeGreaterThan(400);
  });
});
