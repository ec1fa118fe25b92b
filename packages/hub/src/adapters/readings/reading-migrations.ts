/** The committed SQL files that make and change the tables of readings (`sql/`). Each is applied once, in one transaction with the note that it was. Neighbours: sqlite/, postgres/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// As far from dist as from src.
const FOLDER = fileURLToPath(new URL('../../../sql', import.meta.url));

export interface ReadingMigration {
  /** From 1, without holes: the first four digits of the file's name. */
  readonly version: number;
  readonly sql: string;
}

/** Those that a database of this version still lacks, in order. Throws when the database was made by a newer hub. */
export function readingMigrations(kind: 'sqlite' | 'postgres', version: number): readonly ReadingMigration[] {
  const names = readdirSync(join(FOLDER, kind)).filter((name) => /^\d{4}_.*\.sql$/.test(name));
  if (version > names.length)
    throw new Error(
      `the readings were stored by a newer version of the hub (layout ${version}, this one knows ${names.length}); start that version, or restore a backup`,
    );
  return names
    .sort()
    .map((name) => ({ version: Number(name.slice(0, 4)), sql: readFileSync(join(FOLDER, kind, name), 'utf8') }))
    .filter((migration) => migration.version > version);
}
