/** The thread in which one connection to the history lives: for questions, or for upkeep (packing, pruning, importing). Neighbours: worker-history-store.ts is the other end. */
import { parentPort, workerData } from 'node:worker_threads';
import { InvariantError } from '@slmm/shared';
import type { HistoryTables } from './history-tables.ts';
import { StoredHistory } from './stored-history.ts';
import type { WorkerAnswer, WorkerCall } from './sqlite/worker-thread.ts';

/** What the thread is started with. */
export interface HistoryWorkerStart {
  readonly role: 'read' | 'write';
  readonly place: { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string };
}

const port = parentPort;
if (port === null) throw new InvariantError('history-worker runs in a worker thread');
const start = workerData as HistoryWorkerStart;
// Opened at the first call, and again after one that failed, so that a database that comes back is found again.
let history: StoredHistory | null = null;
let queue: Promise<void> = Promise.resolve();

port.on('message', (call: WorkerCall) => {
  queue = queue.then(async () => port.postMessage(await answer(call)));
});

async function answer({ id, name, args }: WorkerCall): Promise<WorkerAnswer> {
  try {
    if (name === 'close') {
      await history?.close();
      history = null;
      return { id, kind: 'ok', value: null };
    }
    history ??= new StoredHistory(await openTables());
    const methods = history as unknown as Record<string, (...all: readonly unknown[]) => Promise<unknown>>;
    return { id, kind: 'ok', value: name === 'open' ? null : await methods[name]?.(...args) };
  } catch (error) {
    await history?.close().catch(() => undefined);
    history = null;
    const { message, code } = error as Error & { readonly code?: string };
    return { id, kind: 'failed', message, code: code ?? null };
  }
}

/** Only the driver that is used is loaded. */
async function openTables(): Promise<HistoryTables> {
  const { place, role } = start;
  if (place.kind === 'sqlite') {
    const { SqliteHistoryTables } = await import('./sqlite/sqlite-history-tables.ts');
    return new SqliteHistoryTables(place.file, role);
  }
  const { PostgresHistoryTables } = await import('./postgres/postgres-history-tables.ts');
  return PostgresHistoryTables.open(place.url);
}
