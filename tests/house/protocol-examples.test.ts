import { readFileSync } from 'node:fs';
import * as protocol from '@slmm/protocol';
import { decodeBackfill, decodeMessage, type LiveMessage } from '@slmm/protocol';
import { describe, expect, it } from 'vitest';

const text = readFileSync(new URL('../../packages/protocol/PROTOCOL.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/^```json *([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, marker = '', content = '']) => ({
  marker,
  content,
}));

type Schema = Parameters<typeof decodeMessage>[0];

/** The schema of the package that a block names. */
function schemaOf(marker: string): Schema | null {
  const name = /^schema=(\w+)$/.exec(marker)?.[1];
  const found: unknown = name === undefined ? undefined : (protocol as Record<string, unknown>)[name];
  return found !== undefined && typeof found === 'object' && found !== null && 'safeParse' in found ? (found as Schema) : null;
}

/** Names every kind of live message once, so that a new kind cannot be forgotten in the document. */
const LIVE_KINDS = { frame: true, unit: true, alert: true, heartbeat: true, refused: true } satisfies Record<
  LiveMessage['type'],
  true
>;

describe('PROTOCOL.md', () => {
  it('has examples', () => {
    expect(blocks.length).toBeGreaterThan(20);
  });

  it.each(blocks.filter((block) => !block.marker.startsWith('type=')))(
    'has an example that fits: $marker $content',
    ({ marker, content }) => {
      const schema = schemaOf(marker);
      expect(schema, `the block says "${marker}", which names no schema of @slmm/protocol`).not.toBeNull();
      if (schema !== null) expect(decodeMessage(schema, content)).toMatchObject({ kind: 'ok' });
    },
  );

  it('has an example of every field that a schema names, so that nothing in them is left unsaid', () => {
    for (const { marker, content } of blocks) {
      const schema = schemaOf(marker);
      if (schema === null || !('shape' in schema)) continue;
      const needed = Object.entries(schema.shape as Record<string, Schema>).filter(
        ([, field]) => !field.safeParse(undefined).success,
      );
      expect(Object.keys(JSON.parse(content) as object)).toEqual(expect.arrayContaining(needed.map(([name]) => name)));
    }
  });

  it('has an example of every schema of a payload', () => {
    const parts = new Set([
      'epochSchema',
      'hostSchema',
      'idSchema',
      'instantSchema',
      'intervalSchema',
      'levelSchema',
      'linkSchema',
      'linkCauseSchema',
      'portSchema',
      'runStateSchema',
      'seqSchema',
      'commandErrorSchema',
      'desiredUnitSchema',
      'gapCauseSchema',
    ]);
    const named = new Set(blocks.map((block) => block.marker.replace('schema=', '')));
    const missing = Object.keys(protocol).filter((name) => name.endsWith('Schema') && !parts.has(name) && !named.has(name));
    expect(missing).toEqual([]);
  });

  it('has an example of every live message', () => {
    const shown = blocks
      .filter((block) => block.marker === 'type=LiveMessage')
      .map((block) => (JSON.parse(block.content) as LiveMessage).type);
    expect(new Set(shown)).toEqual(new Set(Object.keys(LIVE_KINDS)));
  });

  it('has a batch that holds the frames shown beside it', () => {
    const [, encoded = ''] = /^```base64 batch\n([^`]*)```$/m.exec(text) ?? [];
    const shown = blocks
      .filter((block) => block.marker === 'schema=frameSchema')
      .map((block) => JSON.parse(block.content) as unknown);
    expect(shown).toHaveLength(2);
    expect(decodeBackfill(Buffer.from(encoded, 'base64'))).toMatchObject({ kind: 'ok', value: { frames: shown, poisoned: [] } });
  });

  it('names every topic that is built', () => {
    const wanted = Object.values(protocol.topics).map((build) => build('{edge}', '{unit}').replace('slmm/v1', ''));
    const swapped = wanted.map((topic) =>
      topic
        .replace('/alert/{edge}/{unit}/', '/alert/{unit}/{rule}/')
        .replace('/alert/{edge}/event', '/alert/{unit}/event')
        .replace('/alert/{edge}/notification', '/alert/{receiver}/notification')
        .replace('/file/{unit}', '/file/{transfer}'),
    );
    for (const topic of swapped) expect(text).toContain(`\`${topic}\``);
  });

  it('names every operation, and none that does not exist', () => {
    const section = text.slice(text.indexOf('### Operations'), text.indexOf('### Desired configuration'));
    const table = section.slice(section.indexOf('|---|'), section.indexOf('Arguments, with'));
    const named = [...table.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name);
    expect(new Set(named)).toEqual(new Set(Object.keys(protocol.OPERATIONS)));
  });

  it('names every argument of every operation', () => {
    const section = text.slice(text.indexOf('Arguments, with'), text.indexOf('`files-list` answers'));
    const rows = [...section.matchAll(/^\| (`[^|]+) \| ([^|]+) \|$/gm)].map(([, operations = '', args = '']) => ({
      operations: [...operations.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name),
      // An argument comes first in the row, or after a comma or semicolon.
      args: [...args.matchAll(/(?:^|[;,] )`(\w+)`/g)].map(([, name = '']) => name),
    }));
    const told = rows.flatMap(({ operations, args }) => operations.map((operation) => [operation, args.sort()] as const));
    const wanted = Object.entries(protocol.OPERATIONS)
      .map(([operation, { args }]) => [operation, Object.keys(args.shape).sort()] as const)
      .filter(([, args]) => args.length > 0);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(wanted));
  });

  it('links only to files that exist', () => {
    const links = [...text.matchAll(/\]\((?!#)([^)]+)\)/g)].map(([, target = '']) => target);
    for (const link of links)
      expect(() => readFileSync(new URL(link, new URL('../../packages/protocol/', import.meta.url))), link).not.toThrow(/ENOENT/);
  });
});
