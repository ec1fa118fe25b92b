// The demo's children: started in order, stopped in the opposite one, their log shown as one.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { dim, linesOf, red, say } from '../prepare/narrate.mjs';

/** Everything is down after this time, by force if need be (contract: 5 s). */
const STOP_LIMIT_MS = 4500;
/** Time that one program has before the next is told to stop too. */
const POLITE_MS = 1500;
const KEPT_LINES = 12;
const LEVELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
/** What pino puts on every line; not worth repeating. */
const USUAL_KEYS = new Set(['level', 'time', 'msg', 'program', 'pid', 'hostname', 'v']);

export class Programs {
  #root;
  #running = [];
  #ended = null;
  #announceEnd;
  #end = new Promise((resolve) => {
    this.#announceEnd = resolve;
  });
  #isStopping = false;

  constructor(root) {
    this.#root = root;
  }

  get started() {
    return this.#running.length;
  }

  /**
   * A group of its own for each child: Ctrl-C reaches this process alone, which then stops the others in good order.
   * `hear` gets each line of standard output (what a program has to say to a person or a script; logs go to standard error) and says whether it keeps it to itself.
   */
  start(name, file, environment, hear = () => false) {
    if (this.#isStopping) throw new Error('stopped');
    const child = spawn(process.execPath, [join(this.#root, file)], {
      cwd: this.#root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    const lastLines = [];
    const take = (line) => {
      const text = readable(line);
      lastLines.push(text);
      if (lastLines.length > KEPT_LINES) lastLines.shift();
      say(`${dim(name.padEnd(6))} ${text}`);
    };
    linesOf(child.stdout, (line) => hear(line) || take(line));
    linesOf(child.stderr, take);
    const program = { name, child, hasEnded: false };
    const end = (how) => {
      if (program.hasEnded) return;
      program.hasEnded = true;
      if (this.#isStopping || this.#ended !== null) return;
      this.#ended = { name, how, lastLines };
      this.#announceEnd(this.#ended);
    };
    child.on('error', (error) => end(error.message));
    // `close` and not `exit`: the last words have been read by then.
    child.on('close', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    this.#running.push(program);
  }

  /** The program that ended by itself, if one did. */
  ended() {
    return this.#ended;
  }

  firstEnd() {
    return this.#end;
  }

  /** Stops all, last started first, within the limit. */
  async stopAll() {
    this.#isStopping = true;
    const force = setTimeout(() => {
      for (const program of this.#running) {
        if (program.hasEnded) continue;
        say(red(`${program.name} did not stop in time and was ended by force.`));
        program.child.kill('SIGKILL');
      }
    }, STOP_LIMIT_MS);
    for (const program of [...this.#running].reverse()) {
      if (program.hasEnded) continue;
      program.child.kill('SIGTERM');
      await Promise.race([closed(program), new Promise((resolve) => setTimeout(resolve, POLITE_MS).unref())]);
    }
    await Promise.all(this.#running.map(closed));
    clearTimeout(force);
  }
}

function closed(program) {
  if (program.hasEnded) return Promise.resolve();
  return new Promise((resolve) => {
    program.child.once('close', resolve);
    program.child.once('error', resolve);
  });
}

/** A log line for a person: `warn  meter NL43-02 does not answer (unit=NL43-02 failures=3)`. What is no log line is shown as it is. */
function readable(line) {
  if (!line.startsWith('{')) return line;
  try {
    const entry = JSON.parse(line);
    const extra = Object.entries(entry)
      .filter(([key]) => !USUAL_KEYS.has(key))
      .map(
        ([key, value]) =>
          `${key}=${value !== null && typeof value === 'object' ? (value.message ?? JSON.stringify(value)) : value}`,
      );
    const level = LEVELS[entry.level] ?? String(entry.level);
    const shown = level === 'error' || level === 'fatal' ? red(level.padEnd(5)) : level.padEnd(5);
    return `${shown} ${entry.msg ?? ''}${extra.length > 0 ? dim(` (${extra.join(' ')})`) : ''}`;
  } catch {
    return line;
  }
}
