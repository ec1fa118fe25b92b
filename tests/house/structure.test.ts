import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FILES, read, ROOT } from './tree.ts';

const there = FILES.filter((path) => existsSync(`${ROOT}${path}`));
const sources = there.filter(
  (path) => /^(packages|infra|tests)\/.*\.(ts|tsx|mjs|js)$/.test(path) && !path.includes('/generated/'),
);
const programs = sources.filter((path) => path.startsWith('packages/') && !path.endsWith('.test.ts'));
const linesWith = (paths: readonly string[], pattern: RegExp): string[] =>
  paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
  );

describe('the house', () => {
  it('sees its own sources', () => {
    expect(programs.length).toBeGreaterThan(50);
  });

  it('lets nobody on the hub open a connection outside of adapters', () => {
    const outside = programs.filter(
      (path) => path.startsWith('packages/hub/src/') && !path.startsWith('packages/hub/src/adapters/'),
    );
    expect(
      linesWith(outside, /import \{[^}]*\b(connect|createConnection|createServer|Socket)\b[^}]*\} from 'node:(net|tls|dgram)'/),
    ).toEqual([]);
  });

  it('keeps edge and hub from importing each other', () => {
    expect(
      linesWith(
        programs.filter((path) => path.startsWith('packages/hub/')),
        /from '(@slmm\/(edge-agent|simulator)|[./]+edge-agent)/,
      ),
    ).toEqual([]);
    expect(
      linesWith(
        programs.filter((path) => path.startsWith('packages/edge-agent/')),
        /from '(@slmm\/(hub|simulator)|[./]+\/hub\/)/,
      ),
    ).toEqual([]);
  });

  it('reads no clock in the rooms where time is an argument', () => {
    const cores = programs.filter((path) =>
      /^packages\/(protocol\/src|hub\/src\/(access|fleet|ingest|history|alerts|notify|live|api)|edge-agent\/src\/(meter-session|acquisition|journal|uplink|commands|card|diagnosis))\//.test(
        path,
      ),
    );
    expect(cores.length).toBeGreaterThan(30);
    expect(linesWith(cores, /new Date\(\)/)).toEqual([]);
  });

  it('builds topics in one file', () => {
    expect(
      linesWith(
        programs.filter((path) => path !== 'packages/protocol/src/bus/topics.ts'),
        /['"`]slmm\/v1/,
      ),
    ).toEqual([]);
  });

  it('has one barrel per entry of a package and no other', () => {
    const barrels = programs.filter((path) => path.endsWith('/index.ts') && !/^packages\/[a-z-]+\/src\/index\.ts$/.test(path));
    expect(barrels).toEqual(['packages/protocol/src/live/index.ts']);
  });

  it('names files after what they are', () => {
    expect(sources.filter((path) => /(^|\/|-)(utils?|helpers?|manager|common|misc|stuff)(\.|\/|-)/.test(path))).toEqual([]);
  });

  it('leaves nothing to be done later', () => {
    expect(
      linesWith(
        sources.filter((path) => !path.startsWith('tests/house/')),
        /\b(TODO|FIXME|XXX|HACK)\b/,
      ),
    ).toEqual([]);
  });

  it('silences neither the compiler nor the linter without a rule', () => {
    expect(
      linesWith(
        sources.filter((path) => !path.startsWith('tests/house/')),
        /@ts-ignore|@ts-nocheck|(ox|es)lint-disable(-next-line|-line)?\s*(\*\/|$)/,
      ),
    ).toEqual([]);
  });

  it('names no place of a single machine', () => {
    const texts = there.filter(
      (path) => /\.(ts|tsx|mjs|js|md|json|ya?ml|css|html|prisma|sql|service|conf)$/.test(path) || path === '.ci/run',
    );
    expect(
      linesWith(
        texts.filter((path) => !path.startsWith('tests/house/')),
        /(^|[\s'"`(=])\/(root|work|home\/[a-z]+)\//,
      ),
    ).toEqual([]);
  });
});
