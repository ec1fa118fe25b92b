import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * The linter enforces the architecture, and its overrides are silent when a glob matches nothing, or when a later override replaces the list of an earlier one.
 * So each promise of the set-up is broken here once on purpose, in a copy of the tree that holds nothing but the faults.
 */
const root = fileURLToPath(new URL('../../', import.meta.url));

const FAULTS: readonly (readonly [what: string, path: string, rule: string, code: string])[] = [
  [
    'a promise that nobody awaits',
    'packages/hub/src/ingest/a.ts',
    'no-floating-promises',
    'const later = async () => 1;\nexport const now = () => { later(); };',
  ],
  [
    'a promise of node:fs that nobody awaits',
    'infra/b.ts',
    'no-floating-promises',
    "import { rm } from 'node:fs/promises';\nexport const now = () => { rm('x'); };",
  ],
  [
    'a switch that forgets a case',
    'packages/hub/src/alerts/a.ts',
    'switch-exhaustiveness-check',
    "export function of(kind: 'a' | 'b') { switch (kind) { case 'a': return 1; } }",
  ],
  ['any', 'packages/shared/src/a.ts', 'no-explicit-any', 'export const one: any = 1;'],
  [
    'two files that import each other',
    'packages/shared/src/time/a.ts',
    'no-cycle',
    "import { two } from './b.ts';\nexport const one = () => two;",
  ],
  [
    'two files that know types of each other',
    'packages/shared/src/retry/a.ts',
    'no-cycle',
    "import type { Two } from './b.ts';\nexport interface One { readonly two: Two; }",
  ],
  [
    'the hub importing the edge agent',
    'packages/hub/src/adapters/http/a.ts',
    'no-restricted-imports',
    "export * from '@slmm/edge-agent';",
  ],
  [
    'a domain folder of the hub importing the edge agent',
    'packages/hub/src/fleet/a.ts',
    'no-restricted-imports',
    "export * from '@slmm/edge-agent';",
  ],
  [
    'the edge agent importing the hub',
    'packages/edge-agent/src/acquisition/a.ts',
    'no-restricted-imports',
    "export * from '@slmm/hub';",
  ],
  ['the simulator importing the hub', 'packages/simulator/src/meter/a.ts', 'no-restricted-imports', "export * from '@slmm/hub';"],
  ['shared importing protocol', 'packages/shared/src/log/a.ts', 'no-restricted-imports', "export * from '@slmm/protocol';"],
  ['protocol doing I/O', 'packages/protocol/src/bus/a.ts', 'no-restricted-imports', "export * from 'node:fs';"],
  [
    'a domain folder opening a socket',
    'packages/hub/src/history/a.ts',
    'no-restricted-imports',
    "export { connect } from 'node:net';\nimport { connect } from 'node:net';\nexport const c = connect;",
  ],
  [
    'a domain folder reading a file',
    'packages/edge-agent/src/journal/a.ts',
    'no-restricted-imports',
    "import { readFileSync } from 'node:fs';\nexport const r = readFileSync;",
  ],
  [
    'a domain folder knowing a driver',
    'packages/edge-agent/src/uplink/a.ts',
    'no-restricted-imports',
    "import { connect } from 'mqtt';\nexport const c = connect;",
  ],
  [
    'a domain folder knowing an adapter',
    'packages/hub/src/notify/a.ts',
    'no-restricted-imports',
    "import { a } from '../adapters/http/a.ts';\nexport const b = a;",
  ],
  [
    'a core reading the clock',
    'packages/hub/src/alerts/b.ts',
    'no-restricted-properties',
    'export const now = () => Date.now();',
  ],
  [
    'a core rolling dice',
    'packages/edge-agent/src/meter-session/a.ts',
    'no-restricted-properties',
    'export const dice = () => Math.random();',
  ],
  [
    'a core setting a timer',
    'packages/hub/src/live/a.ts',
    'no-restricted-globals',
    'export const soon = (task: () => void) => setTimeout(task, 1);',
  ],
  [
    'protocol setting a timer',
    'packages/protocol/src/meter/a.ts',
    'no-restricted-globals',
    'export const soon = (task: () => void) => setInterval(task, 1);',
  ],
  [
    'the page importing more than live messages',
    'packages/hub/web/src/live/a.ts',
    'no-restricted-imports',
    "import { topics } from '@slmm/protocol';\nexport const t = topics;",
  ],
  ['the page importing the hub', 'packages/hub/web/src/shell/a.ts', 'no-restricted-imports', "export * from '@slmm/hub';"],
  [
    'a view model that draws',
    'packages/hub/web/src/fleet/a.ts',
    'no-restricted-imports',
    "import { h } from 'preact';\nexport const draw = h;",
  ],
];

/** What must stay allowed, so that the lists are not stricter than they mean to be. */
const FINE: readonly (readonly [what: string, path: string, code: string])[] = [
  [
    'an adapter opening a socket',
    'packages/edge-agent/src/adapters/tcp/ok.ts',
    "import { connect } from 'node:net';\nexport const c = connect;",
  ],
  [
    'a domain folder computing a hash',
    'packages/hub/src/access/ok.ts',
    "import { createHash } from 'node:crypto';\nexport const h = createHash;",
  ],
  [
    'a domain folder reading an address',
    'packages/hub/src/notify/ok.ts',
    "import { isIP } from 'node:net';\nexport const i = isIP;",
  ],
  [
    'the page importing live messages',
    'packages/hub/web/src/live/ok.ts',
    "import type { LiveFrame } from '@slmm/protocol/live';\nexport type F = LiveFrame;",
  ],
  ['a test reading the clock', 'packages/hub/src/alerts/ok.test.ts', 'export const now = () => Date.now();'],
];

let found: readonly { readonly code: string; readonly filename: string }[] = [];
const place = mkdtempSync(join(tmpdir(), 'slmm-lint-'));

beforeAll(async () => {
  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), `${content}\n`);
  };
  for (const [, path, , code] of FAULTS) put(path, code);
  for (const [, path, code] of FINE) put(path, code);
  put('packages/shared/src/retry/b.ts', "import type { One } from './a.ts';\nexport interface Two { readonly one: One; }");
  put('packages/shared/src/time/b.ts', "import { one } from './a.ts';\nexport const two = () => one;");
  put(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: { strict: true, module: 'NodeNext', types: ['node'], noEmit: true, allowImportingTsExtensions: true },
    }),
  );
  copyFileSync(join(root, '.oxlintrc.json'), join(place, '.oxlintrc.json'));
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  const output = await promisify(execFile)(
    process.execPath,
    [join(root, 'node_modules/oxlint/bin/oxlint'), '--type-aware', '--format=json'],
    {
      cwd: place,
      maxBuffer: 10_000_000,
    },
  ).catch((error: { stdout: string }) => error);
  found = (JSON.parse(output.stdout) as { diagnostics: typeof found }).diagnostics;
}, 60_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

const rulesIn = (path: string): string[] => found.filter((one) => one.filename === path).map((one) => one.code);

describe('the linter', () => {
  it.each(FAULTS)('catches %s', (_what, path, rule) => {
    expect(rulesIn(path).join()).toContain(rule);
  });

  it.each(FINE)('lets pass %s', (_what, path) => {
    expect(rulesIn(path).filter((code) => code.includes('no-restricted'))).toEqual([]);
  });
});
