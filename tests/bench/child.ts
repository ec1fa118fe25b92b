/** Both ends of the talk between a benchmark and its processes. */
import { type ChildProcess, fork } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import type { Figures, FromChild, ToChild } from './load.ts';

/** A process of the benchmark, as its starter sees it. */
export class Child {
  readonly #process: ChildProcess;

  /** `name` of a file beside this one. Run from its sources or built: the children are what this file is. */
  constructor(name: string, args: readonly string[] = []) {
    const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
    this.#process = fork(new URL(`${name}${ending}`, import.meta.url), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.setMaxListeners(0);
  }

  say(message: ToChild): void {
    this.#process.send(message);
  }

  /** The next message of this kind. Rejects when the process ends before. */
  heard<K extends FromChild['kind']>(kind: K): Promise<Extract<FromChild, { kind: K }>> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`a process of the benchmark ended with ${code}`));
      const take = (message: FromChild): void => {
        if (message.kind !== kind) return;
        this.#process.off('message', take);
        this.#process.off('exit', ended);
        resolve(message as Extract<FromChild, { kind: K }>);
      };
      this.#process.on('message', take);
      this.#process.once('exit', ended);
    });
  }

  async figures(): Promise<Figures> {
    const answer = this.heard('figures');
    this.say({ kind: 'figures?' });
    return await answer;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
  }
}

/** Tells the starter, when there is one. */
export function tell(message: FromChild): void {
  process.send?.(message);
}

/** Takes what the starter says; what every process can answer is answered here. */
export function onOrder(take: (order: ToChild) => void): void {
  process.on('message', (order: ToChild) => {
    if (order.kind === 'figures?') tell({ kind: 'figures', ...figuresOfThisProcess() });
    else take(order);
  });
}

function figuresOfThisProcess(): Figures {
  const { user, system } = process.cpuUsage();
  return {
    cpuMs: (user + system) / 1000,
    busyMs: performance.eventLoopUtilization().active,
    rssMb: process.memoryUsage.rss() / 1_048_576,
  };
}
