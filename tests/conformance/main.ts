/** `pnpm conformance -- --url http://127.0.0.1:8100 [--token T] --goldens DIR`: replays recorded cases of SLMM 0.4.0 against a running hub, or against SLMM itself. */
import { parseArgs } from 'node:util';
import { Bench, type BenchParts } from './bench.ts';
import { numberOf, readGoldens } from './golden.ts';
import { readKnownDifferences } from './known-differences.ts';
import { replay, type Result, tableOf } from './replay.ts';

const USAGE = `pnpm conformance -- --url URL --goldens DIR [--token TOKEN] [--ports 22551=2255,22552=2256] [--simulator URL] [--from 001] [--to 341] [--all]

Replays the recorded cases in DIR, in their order. They add, change and remove units named nl43-*, so give it a hub that is there for this.
--ports says which ports the meters have here, where the recording had 22551, 22552, … (control) and 22151, … (FTP).
--simulator is the control port of nl43-sim with the meters NL43-01 and NL43-02 behind 22551 and 22552 (--control-port): it gives them the faults and
levels that cases need. Without it those are skipped. Ends with 1 when a case fails that docs/terra-view.md does not explain.`;

/** A case that takes longer is named while it runs; the outage takes a minute. */
const LONG_MS = 4_000;
const PROGRESS_EVERY = 25;

async function run(): Promise<number> {
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((word) => word !== '--'),
    options: {
      url: { type: 'string' },
      token: { type: 'string' },
      goldens: { type: 'string' },
      ports: { type: 'string', default: '' },
      simulator: { type: 'string' },
      from: { type: 'string', default: '0' },
      to: { type: 'string', default: '999' },
      all: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.url === undefined || values.goldens === undefined) {
    process.stdout.write(`${USAGE}\n`);
    return values.help ? 0 : 2;
  }
  const ports = Object.fromEntries(
    values.ports
      .split(',')
      .filter((pair) => pair !== '')
      .map((pair) => pair.split('=').map(Number) as [number, number]),
  );
  const url = values.url.replace(/\/$/, '');
  const token = values.token ?? null;
  const { simulator } = values;
  const bench =
    simulator === undefined
      ? {}
      : { bench: new Bench({ hub: { ask: asker(url, token) }, control: simulator, meters: { a: 'NL43-01', b: 'NL43-02' } }) };
  const target = { url, token, ports, known: readKnownDifferences(), ...bench };
  const goldens = readGoldens(values.goldens).filter((golden) => {
    const number = numberOf(golden);
    return number >= Number(values.from) && number <= Number(values.to);
  });
  const results: Result[] = [];
  for (const golden of goldens) {
    const isLong = setTimeout(
      () => process.stderr.write(`conformance: ${results.length} of ${goldens.length} done; at ${golden.id}\n`),
      LONG_MS,
    );
    results.push(await replay(golden, target));
    clearTimeout(isLong);
    if (results.length % PROGRESS_EVERY === 0) process.stderr.write(`conformance: ${results.length} of ${goldens.length} done\n`);
  }
  process.stdout.write(`${tableOf(results, values.all)}\n`);
  return results.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}

function asker(url: string, token: string | null): BenchParts['hub']['ask'] {
  return async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`conformance: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
