/** A hub over readings that were stored before it started, and the questions put to it over HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHubSettings, startHub } from '@slmm/hub';
import {
  PackedReadingStore,
  PostgresReadingStore,
  type ReadingStore,
  SqliteReadingStore,
  WorkerHistoryStore,
} from '@slmm/hub/testing';
import { createLogger } from '@slmm/shared';
import { expect } from 'vitest';

const TOKEN = 'admin-token-of-the-test';

export interface StoredHub {
  readonly dataDir: string;
  readonly origin: string;
  /** Signs a browser in. */
  readonly signIn: string;
  ask(method: string, path: string, body?: unknown): Promise<Response>;
  /** The answer to a question under `/api/v1` that must succeed. */
  get(path: string): Promise<any>;
  close(): Promise<void>;
}

/** `url` null: SQLite in a directory of its own. */
export async function startStoredHub(
  url: string | null,
  zone: string,
  fill: (readings: ReadingStore, history: WorkerHistoryStore) => Promise<void>,
): Promise<StoredHub> {
  const dataDir = mkdtempSync(join(tmpdir(), 'slmm-stored-'));
  const file = join(dataDir, 'readings.db');
  const rows = url === null ? await SqliteReadingStore.open(file) : await PostgresReadingStore.open(url);
  const history = new WorkerHistoryStore(url === null ? { kind: 'sqlite', file } : { kind: 'postgres', url });
  await fill(new PackedReadingStore(rows, history), history);
  await history.close();
  await rows.close();
  const place = ['--data-dir', dataDir, '--http-port', '0', '--timezone', zone, ...(url === null ? [] : ['--database-url', url])];
  const read = readHubSettings(place, { SLMM_ADMIN_TOKEN: TOKEN });
  if (read.kind !== 'ok') throw new Error(`the settings are refused: ${JSON.stringify(read)}`);
  const hub = await startHub({ ...read.settings, mqttPort: 'ephemeral' }, { log: createLogger('test', 'silent') });
  const origin = `http://127.0.0.1:${hub.httpPort}`;
  const ask = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    dataDir,
    origin,
    signIn: `${origin}/sign-in?token=${TOKEN}`,
    ask,
    get: async (path) => {
      const response = await ask('GET', path);
      const text = await response.text();
      expect([path, response.status, response.status === 200 ? '' : text]).toEqual([path, 200, '']);
      return JSON.parse(text);
    },
    close: async () => {
      await hub.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
