// Prints the SQL that leads from the committed schema to the one on disk: node prisma/draft-migration.mjs sqlite|postgres [--whole]
// `--whole` starts from an empty database. Uses Prisma's schema engine as WebAssembly and no database at all.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schemaDiff } from './schema-engine.mjs';

const [kind, option] = process.argv.slice(2);
if (kind !== 'sqlite' && kind !== 'postgres') {
  console.error('usage: node prisma/draft-migration.mjs sqlite|postgres [--whole]');
  process.exit(2);
}
const here = dirname(fileURLToPath(import.meta.url));
const schema = join(here, kind, 'schema.prisma');
const committed =
  option === '--whole' ? null : execFileSync('git', ['show', `HEAD:./${kind}/schema.prisma`], { cwd: here, encoding: 'utf8' });
console.log(await schemaDiff(kind, committed, readFileSync(schema, 'utf8')));
process.exit(0);
