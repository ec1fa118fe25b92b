/** The example of `infra/postgresql`, as operators run it: what it makes is enough for a hub. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHubSettings, startHub } from '@slmm/hub';
import { createLogger } from '@slmm/shared';
import { expect, it, onTestFinished } from 'vitest';
import { findPostgres, POSTGRES_MISSING, startPostgres } from '../servers/postgres.ts';

const EXAMPLE = fileURLToPath(new URL('../../infra/postgresql/slmm.sql', import.meta.url));
const programs = findPostgres();
if (programs === null) console.warn(POSTGRES_MISSING);

it.skipIf(programs === null)('a role and a database made by infra/postgresql are enough for a hub', async () => {
  const cluster = await startPostgres();
  if (cluster === null) throw new Error(POSTGRES_MISSING);
  onTestFinished(() => cluster.stop());
  const variables = ['-v', 'ON_ERROR_STOP=1', '-v', "password=it's secret"];
  execFileSync('psql', [cluster.url, '--no-psqlrc', '-q', ...variables, '-f', EXAMPLE], { stdio: 'pipe' });

  const url = new URL(cluster.url);
  Object.assign(url, { username: 'slmm_hub', password: "it's secret", pathname: '/slmm' });
  const dataDir = mkdtempSync(join(tmpdir(), 'slmm-pg-example-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const read = readHubSettings(['--http-port', '0', '--data-dir', dataDir], { SLMM_DATABASE_URL: url.href });
  if (read.kind !== 'ok') throw new Error(JSON.stringify(read));
  const hub = await startHub({ ...read.settings, mqttPort: 'ephemeral' }, { log: createLogger('test', 'silent') });
  onTestFinished(() => hub.close());

  expect((await fetch(`http://127.0.0.1:${hub.httpPort}/ready`)).status).toBe(200);
  const owners = await cluster.query("SELECT count(*)::int AS held FROM pg_stat_activity WHERE usename = 'slmm_hub'");
  expect(owners[0]?.['held']).toBeGreaterThan(0);
  expect(owners[0]?.['held']).toBeLessThanOrEqual(15);
});
