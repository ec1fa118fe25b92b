/**
 * The thread in which one connection to the file of readings lives: the only writer, or a reader. Neighbours: worker-thread.ts is the other end.
 * What it imports is loaded once more per thread, so it imports little.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { ReadingsReader } from './readings-reader.ts';
import { ReadingsWriter } from './readings-writer.ts';
import type { WorkerAnswer, WorkerCall } from '../threads/worker-thread.ts';

/** What the thread is started with. */
export interface ReadingsWorkerStart {
  readonly role: 'write' | 'read';
  readonly file: string;
}

const port = parentPort;
if (port === null) throw new Error('readings-worker runs in a worker thread');
const { role, file } = workerData as ReadingsWorkerStart;
// Opened at the first call, and again after one that failed, so that a disk that comes back is found again.
let connection: ReadingsWriter | ReadingsReader | null = null;

port.on('message', (call: WorkerCall) => port.postMessage(answer(call)));

function answer({ id, name, args }: WorkerCall): WorkerAnswer {
  try {
    if (name === 'close') {
      connection?.close();
      connection = null;
      return { id, kind: 'ok', value: null };
    }
    if (name === 'start') return { id, kind: 'ok', value: null };
    connection ??= role === 'write' ? new ReadingsWriter(file) : new ReadingsReader(file);
    const methods = connection as unknown as Record<string, (...all: readonly unknown[]) => unknown>;
    return { id, kind: 'ok', value: name === 'open' ? null : methods[name]?.(...args) };
  } catch (error) {
    reopenNextTime();
    const { message, code } = error as Error & { readonly code?: string };
    return { id, kind: 'failed', message, code: code ?? null };
  }
}

function reopenNextTime(): void {
  try {
    connection?.close();
  } catch {
    // It is given up in any case.
  }
  connection = null;
}
