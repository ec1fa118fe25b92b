import { execFile } from 'node:child_process';
import type { Relay, RelayTarget } from '../../diagnosis/relay.ts';

/** A relay that takes longer to cut the power and give it back is stuck. */
const LIMIT_MS = 60_000;
const MAX_OUTPUT_BYTES = 65_536;
const TOLD_CHARACTERS = 200;

/**
 * {@link Relay} as a program: it cuts the power, waits, gives it back, and ends with 0. `{unit}` and `{host}` in its arguments are replaced;
 * no shell is involved, and of the agent's own environment (it holds a secret) the program sees nothing but `PATH`.
 */
export class CommandRelay implements Relay {
  readonly #program: string;
  readonly #args: readonly string[];

  constructor(command: string) {
    const [program = '', ...args] = command.split(/\s+/).filter((word) => word !== '');
    this.#program = program;
    this.#args = args;
  }

  cycle({ unit, host }: RelayTarget): Promise<{ readonly ok: boolean; readonly detail: string }> {
    const args = this.#args.map((word) => word.replaceAll('{unit}', unit).replaceAll('{host}', host));
    const env = { PATH: process.env['PATH'], SLMM_RELAY_UNIT: unit, SLMM_RELAY_HOST: host };
    return new Promise((resolve) => {
      execFile(this.#program, args, { timeout: LIMIT_MS, maxBuffer: MAX_OUTPUT_BYTES, env }, (error, _stdout, stderr) => {
        if (error === null) return resolve({ ok: true, detail: `${this.#program} ended well.` });
        const why =
          error.killed === true
            ? `it took longer than ${LIMIT_MS / 1000} s`
            : stderr.trim().slice(-TOLD_CHARACTERS) || error.message;
        return resolve({ ok: false, detail: `${this.#program} failed: ${why.slice(0, TOLD_CHARACTERS)}` });
      });
    });
  }
}
