/** The thread in which one connection to the history lives: for questions, or for upkeep (packing, pruning, importing). Neighbours: worker-history-store.ts is the other end. */
import { parentPort, workerData } from 'node:worker_threads';
import { InvariantError } from '@slmm/shared';
import type { HistoryDatabase } from './history-database.ts';
import { HistoryTables } from './history-tables.ts';
import { HistoryQuestions } from './history-questions.ts';
import { HistoryUpkeep } from './history-upkeep.ts';
import type { WorkerAnswer, WorkerCall } from '../threads/worker-thread.ts';

/** What the thread is started with. */
export interface HistoryWorkerStart {
  readonly role: 'read' | 'write';
  readonly place: { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string };
}

const port = parentPort;
if (port === null) throw new InvariantError('history-worker runs in a worker thread');
const start = workerData as HistoryWorkerStart;
// Opened at the first call, and again after one that failed, so that a database that comes back is found again.
let history: HistoryQuestions | HistoryUpkeep | null = null;
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

    history ??= await openHistory();
    const methods = history as unknown as Record<string, (...all: readonly unknown[]) => Promise<unknown>>;
    return { id, kind: 'ok', value: name === 'open' ? null : await methods[name]?.(...args) };
  } catch (error) {
    await history?.close().catch(() => undefined);
    history = null;
    const { message, code } = error as Error & { readonly code?: string };
    return { id, kind: 'failed', message, code: code ?? null };
  }
}

async function openHistory(): Promise<HistoryQuestions | HistoryUpkeep> {
  const tables = new HistoryTables(await openDatabase());
  return start.role === 'read' ? new HistoryQuestions(tables) : new HistoryUpkeep(tables);
}

/** Only the driver that is used is loaded. */
async function openDatabase(): Promise<HistoryDatabase> {
  const { place, role } = start;
  if (place.kind === 'sqlite') {
    const { SqliteHistoryDatabase } = await import('../sqlite/sqlite-history-database.ts');
    return new SqliteHistoryDatabase(place.file, role);
  }
  const { PostgresHistoryDatabase } = await import('../postgres/postgres-history-database.ts');
  return PostgresHistoryDatabase.open(place.url);
}
