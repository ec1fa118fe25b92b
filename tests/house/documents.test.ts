import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exists, FILES, read } from './tree.ts';

const documents = FILES.filter((path) => path.endsWith('.md'));

/** Paths that a document names in backticks: what begins with a folder of the root, without spaces, placeholders or stars. */
function namedPaths(text: string): string[] {
  return [...text.matchAll(/`((?:packages|tests|infra|docs|\.ci)\/[^\s`<>{}*…]*)`/g)].map(([, path = '']) =>
    path.replace(/:\d+$/, ''),
  );
}

/** Targets of links that stay in the project. */
function linkedPaths(document: string): string[] {
  return [...read(document).matchAll(/\]\((?!https?:|#|mailto:)([^)\s]+)\)/g)].map(([, target = '']) =>
    posix.normalize(posix.join(posix.dirname(document), target.replace(/#.*$/, ''))),
  );
}

/** What the headings of a document are called in links, as GitHub does it. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

describe('documents', () => {
  it.each([
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'LICENSE',
    'packages/protocol/PROTOCOL.md',
    'docs/operators.md',
    'docs/integrators.md',
    'docs/settings.md',
  ])('include %s', (path) => {
    expect(exists(path)).toBe(true);
  });

  it.each(documents)('%s names only paths that exist', (document) => {
    expect(namedPaths(read(document)).filter((path) => !exists(path))).toEqual([]);
    expect(linkedPaths(document).filter((path) => path !== '' && !exists(path))).toEqual([]);
  });

  it.each(documents)('%s points only at headings that are there', (document) => {
    const lost = [...read(document).matchAll(/\]\((?!https?:|mailto:)([^)\s#]*)#([^)\s]+)\)/g)].filter(
      ([, path = '', anchor = '']) => {
        const target = path === '' ? document : posix.normalize(posix.join(posix.dirname(document), path));
        return !exists(target) || !anchorsOf(read(target)).includes(anchor);
      },
    );
    expect(lost.map(([link]) => link)).toEqual([]);
  });

  it('name only scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const own = new Set(['install', 'exec', 'run', ...Object.keys(scripts)]);
    const named = documents.flatMap((document) =>
      [...read(document).matchAll(/(?:npx -y pnpm@\d+|[`\n]pnpm) (?:run )?([a-z][\w:-]*)/g)].map(([, script = '']) => script),
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((script) => !own.has(script))).toEqual([]);
  });

  it('docs/delivery.md names only tests that there are', () => {
    const proofs = [
      ...read('docs/delivery.md').matchAll(/`((?:packages|tests)\/[^`]+\.test\.ts)`: ((?:"[^"]+"(?:, )?)+)/g),
    ].flatMap(([, file = '', titles = '']) => [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => [file, title] as const));
    expect(proofs.length).toBeGreaterThan(25);
    expect(proofs.filter(([file, title]) => !read(file).includes(title))).toEqual([]);
  });

  it('ARCHITECTURE has a line for every room', () => {
    const architecture = read('ARCHITECTURE.md');
    const rooms = new Set(
      FILES.flatMap((path) => {
        const room = /^(packages\/(?:protocol|shared|edge-agent|hub|simulator)\/src\/[a-z0-9-]+)\//.exec(path)?.[1];
        return room === undefined ? [] : [room];
      }),
    );
    expect(rooms.size).toBeGreaterThan(15);
    const section = architecture.slice(architecture.indexOf('## Code map'), architecture.indexOf('## What never happens'));
    expect([...rooms].filter((room) => !section.includes(`\`${room}/\``))).toEqual([]);
  });

  it('README fits on a screen', () => {
    expect(read('README.md').split('\n').length).toBeLessThan(80);
  });

  it('CHANGELOG says of what kind each entry is', () => {
    const entries = read('CHANGELOG.md')
      .split('\n')
      .filter((line) => line.startsWith('- '));
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.filter((line) => !/^- \[(CHANGE|FEATURE|FIX)\] /.test(line))).toEqual([]);
  });
});
