import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { describe, expect, it } from 'vitest';
import { schemaDiff } from '../../../prisma/schema-engine.mjs';

const FOLDER = fileURLToPath(new URL('../../../prisma/', import.meta.url));
const schema = (kind: string): string => readFileSync(join(FOLDER, kind, 'schema.prisma'), 'utf8');
const migrations = (kind: string): string[] =>
  readdirSync(join(FOLDER, kind, 'migrations'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
/** Everything behind the generator and the data source. */
const models = (kind: string): string => schema(kind).slice(schema(kind).indexOf('///'));

/** What a script makes of an empty database, table by table, without regard to spaces. */
function made(scripts: readonly string[]): unknown[] {
  const database = new Libsql(':memory:');
  for (const script of scripts) database.exec(script);
  const rows = database.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY type, name').all() as {
    sql: string | null;
  }[];
  database.close();
  return rows.map((row) => ({ ...row, sql: row.sql?.replaceAll(/\s+/g, ' ') ?? null }));
}

describe('the two schemas', () => {
  it('have the same models', () => {
    expect(models('sqlite')).toBe(models('postgres'));
    expect(models('sqlite')).toContain('model Unit {');
  });

  it('name files that there are', () => {
    const files = [...models('sqlite').matchAll(/\(([a-z0-9/-]+\.ts)/g)].map(([, file]) => file ?? '');
    expect(files).toContain('fleet/fleet.ts');
    expect(files.filter((file) => !existsSync(join(FOLDER, '../src', file)))).toEqual([]);
  });

  it('have migrations of the same names', () => {
    expect(migrations('sqlite')).toEqual(migrations('postgres'));
    expect(migrations('sqlite').length).toBeGreaterThan(0);
  });

  it('are what the migrations lead to', async () => {
    const scripts = migrations('sqlite').map((name) =>
      readFileSync(join(FOLDER, 'sqlite/migrations', name, 'migration.sql'), 'utf8'),
    );
    expect(made(scripts)).toEqual(made([await schemaDiff('sqlite', null, schema('sqlite'))]));
  });
});
