/** A client of the control port for tests: sends lines, awaits tokens, never sleeps. */
import net from 'node:net';
import { LineSplitter, type MeterToken } from '@slmm/protocol';

export class LineClient {
  readonly #socket: net.Socket;
  readonly #splitter = new LineSplitter();
  readonly #tokens: MeterToken[] = [];
  #wake: () => void = () => {};
  #ended = false;
  /** Settles when the connection is over, with `fin` or the error's code. */
  readonly ended: Promise<string>;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    let how = 'fin';
    this.ended = new Promise((resolve) => {
      socket.on('error', (error: NodeJS.ErrnoException) => {
        how = error.code ?? 'error';
      });
      socket.on('close', () => {
        this.#ended = true;
        this.#wake();
        resolve(how);
      });
    });
    socket.on('data', (bytes: Buffer) => {
      this.#tokens.push(...this.#splitter.push(bytes));
      this.#wake();
    });
  }

  /** Connects; rejects with the system's error, or with `timeout` after `limitMs`. */
  static connect(place: { readonly host: string; readonly port: number }, limitMs = 5_000): Promise<LineClient> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host: place.host, port: place.port, noDelay: true });
      const limit = setTimeout(() => {
        socket.destroy();
        reject(new Error('timeout'));
      }, limitMs);
      socket.once('connect', () => {
        clearTimeout(limit);
        socket.removeAllListeners('error');
        resolve(new LineClient(socket));
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(limit);
        reject(new Error(error.code ?? error.message));
      });
    });
  }

  send(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  /** The next token, prompts included. */
  async token(limitMs = 5_000): Promise<MeterToken> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const token = this.#tokens.shift();
      if (token !== undefined) return token;
      if (this.#ended) throw new Error('the connection is over');
      await new Promise<void>((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error('no token in time')), Math.max(0, deadline - Date.now()));
        this.#wake = () => {
          clearTimeout(limit);
          resolve();
        };
      });
    }
  }

  /** The next line, prompts skipped. */
  async line(limitMs = 5_000): Promise<string> {
    for (;;) {
      const token = await this.token(limitMs);
      if (token.kind === 'line') return token.text;
    }
  }

  /** Sends a command and gives its lines: two for a request that succeeded, else one. */
  async ask(command: string): Promise<string[]> {
    this.send(`${command}\r\n`);
    const code = await this.line();
    return command.endsWith('?') && code === 'R+0000' ? [code, await this.line()] : [code];
  }

  close(): void {
    this.#socket.end();
  }
}
