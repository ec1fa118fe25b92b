/** `pnpm conformance -- --url http://127.0.0.1:8100 [--token T] --goldens DIR`: replays recorded cases of SLMM 0.4.0 against a running hub, or against SLMM itself. */
import { parseArgs } from 'node:util';
import { numberOf, readGoldens } from './golden.ts';
import { readKnownDifferences } from './known-differences.ts';
import { replay, type Result, tableOf } from './replay.ts';

const USAGE = `pnpm conformance -- --url URL --goldens DIR [--token TOKEN] [--ports 22551=2255,22552=2256] [--from 001] [--to 341] [--all]

Replays the recorded cases in DIR, in their order. They add, change and remove units named nl43-*, so give it a hub that is there for this.
--ports says which ports the meters have here, where the recording had 22551, 22552, … (control) and 22151, … (FTP).
Cases that need a meter in a special state are skipped. Ends with 1 when a case fails that docs/terra-view.md does not explain.`;

async function run(): Promise<number> {
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((word) => word !== '--'),
    options: {
      url: { type: 'string' },
      token: { type: 'string' },
      goldens: { type: 'string' },
      ports: { type: 'string', default: '' },
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
  const target = { url: values.url.replace(/\/$/, ''), token: values.token ?? null, ports, known: readKnownDifferences() };
  const results: Result[] = [];
  for (const golden of readGoldens(values.goldens)) {
    if (numberOf(golden) < Number(values.from) || numberOf(golden) > Number(values.to)) continue;
    results.push(await replay(golden, target));
  }
  process.stdout.write(`${tableOf(results, values.all)}\n`);
  return results.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`conformance: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
