/** Calls into a worker thread, answered one by one in their order. Neighbours: readings-worker.ts in sqlite/ and history-worker.ts in history/ are other ends. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type Transferable, Worker } from 'node:worker_threads';

export interface WorkerCall {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type WorkerAnswer =
  | { readonly id: number; readonly kind: 'ok'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string; readonly code: string | null };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that ends by itself fails what it was asked, and the next call starts another one. */
export class WorkerThread {
  readonly #start: () => Worker;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #id = 0;
  #closed = false;

  /** `name` of the worker's file beside `near`, without its ending. */
  constructor(name: string, near: string, workerData: unknown) {
    this.#start = () => new Worker(...workerFile(name, near, workerData));
  }

  call<T>(name: string, args: readonly unknown[], transfer: readonly Transferable[] = []): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the reading store is closed'));
    const worker = (this.#worker ??= this.#open());
    const id = (this.#id += 1);
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      worker.postMessage({ id, name, args } satisfies WorkerCall, [...transfer]);
    });
  }

  /** Waits for what was asked, then ends the thread. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const ended = this.#worker === null ? Promise.resolve() : this.call('close', []).catch(() => undefined);
    this.#closed = true;
    await ended;
    await this.#worker?.terminate();
  }

  #open(): Worker {
    const worker = this.#start();
    worker.on('message', (answer: WorkerAnswer) => this.#answer(answer));
    worker.on('error', (error) => this.#lost(worker, error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#lost(worker, new Error('the thread of the reading store ended')));
    return worker;
  }

  #answer(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (answer.kind === 'ok') pending?.resolve(answer.value);
    else pending?.reject(Object.assign(new Error(answer.message), { code: answer.code }));
  }

  #lost(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
  }
}

/** Run from its sources (tests, development), the thread first needs what translates them; a worker takes no loader from its flags. */
function workerFile(name: string, near: string, workerData: unknown): ConstructorParameters<typeof Worker> {
  if (!near.endsWith('.ts')) return [new URL(`./${name}.js`, near), { workerData }];
  const tsx = new URL('./dist/esm/api/index.mjs', pathToFileURL(createRequire(near).resolve('tsx/package.json'))).href;
  const start = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(new URL(`./${name}.ts`, near).href)}); })`;
  return [start, { workerData, eval: true, execArgv: ['--conditions=source'] }];
}
