// Generates the two Prisma clients (SQLite, PostgreSQL) that src/adapters/prisma uses. Runs in a few seconds and needs no network:
// Prisma never runs its schema engine to generate a client, it only insists that the file exists, so any file does.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, '../src/adapters/prisma/generated');
const prisma = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js');
const version = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('prisma/package.json'), 'utf8')).version;

const results = await Promise.allSettled(['sqlite', 'postgres'].map(generate));
for (const result of results) {
  if (result.status === 'fulfilled') continue;
  process.stderr.write(`${result.reason.stdout ?? ''}${result.reason.stderr ?? result.reason}\n`);
  process.exitCode = 1;
}

async function generate(kind) {
  const schema = join(here, kind, 'schema.prisma');
  const stamp = join(output, kind, '.made-by');
  const isFresh =
    existsSync(stamp) && readFileSync(stamp, 'utf8') === version && statSync(stamp).mtimeMs >= statSync(schema).mtimeMs;
  if (isFresh) return;
  console.log(`generating the ${kind} client`);
  rmSync(join(output, kind), { recursive: true, force: true });
  await promisify(execFile)(process.execPath, [prisma, 'generate', '--schema', schema, '--no-hints'], {
    cwd: join(here, '..'),
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  });
  writeFileSync(stamp, version);
}
