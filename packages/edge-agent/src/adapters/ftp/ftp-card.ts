/**
 * {@link OpenCard} over FTP in active mode: the meter knows no other (it answers 502 to PASV), so the meter connects back to us.
 * RFC 959 (PORT, REST, RETR, LIST) and RFC 2428 (EPRT) for IPv6.
 */
import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { type CardAddress, CardFault, type CardSession, type OpenCard } from '../../card/card-session.ts';
import { type ListedEntry, parseListLine } from '../../card/list-line.ts';

/** A reply, or the next bytes of a file, are awaited for no longer. */
const SILENCE_MS = 20_000;
/** Longest listing that is read: some ten thousand entries. */
const MAX_LISTING_BYTES = 4 * 1_048_576;
const MAX_REPLY_BYTES = 65_536;
/** Anything but NUL, LF and CR, a byte each. */
// oxlint-disable-next-line no-control-regex
const ONE_LINE = /^[\x01-\x09\x0b\x0c\x0e-\xff]*$/;

export const openFtpCard: OpenCard = async (address, nowNaiveMs) => {
  const dialogue = new Dialogue(address);
  try {
    await dialogue.greet();
    return new FtpCard(dialogue, nowNaiveMs);
  } catch (error) {
    dialogue.end();
    throw error;
  }
};

interface FtpReply {
  readonly code: number;
  readonly text: string;
}

/** The control connection: one line out, one reply in. */
class Dialogue {
  readonly socket: Socket;
  readonly #address: CardAddress;
  #held = '';
  readonly #replies: FtpReply[] = [];
  #wake: (() => void) | null = null;
  #fault: CardFault | null = null;

  constructor(address: CardAddress) {
    const { host, port } = address;
    this.#address = address;
    this.socket = connect({ host, port, noDelay: true, keepAlive: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => this.#receive(text));
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ECONNREFUSED' ? 'the FTP port of the meter refuses connections' : error.message;
      this.#break(new CardFault('unreachable', why));
    });
    this.socket.on('close', () => this.#break(new CardFault('cut', 'the meter ended the FTP connection')));
  }

  async greet(): Promise<void> {
    const { user, password } = this.#address;
    const greeting = await this.reply();
    if (greeting.code !== 220) throw new CardFault('refused', `the meter greets with ${greeting.code} ${greeting.text}`);
    const asked = await this.say(`USER ${user}`);
    const answer = asked.code === 331 ? await this.say(`PASS ${password}`) : asked;
    if (answer.code !== 230)
      throw new CardFault('login', `the meter refused the FTP login (${answer.code}); check user and password`);
    await this.expect('TYPE I', 200);
  }

  /** One line, whose characters stand for bytes. Whatever would be more than one line, or other bytes than it says, is not sent. */
  say(line: string): Promise<FtpReply> {
    if (!ONE_LINE.test(line)) return Promise.reject(new CardFault('refused', 'a name or password that FTP cannot carry'));
    this.socket.write(`${line}\r\n`, 'latin1');
    return this.reply();
  }

  async expect(line: string, ...codes: readonly number[]): Promise<FtpReply> {
    const reply = await this.say(line);
    if (!codes.includes(reply.code)) {
      const code = reply.code === 550 ? 'not-found' : 'refused';
      throw new CardFault(code, `the meter answered ${reply.code} ${reply.text} to ${line.split(' ')[0] ?? ''}`);
    }
    return reply;
  }

  /** The next reply; a fault when none comes. */
  async reply(): Promise<FtpReply> {
    const ready = this.#replies.shift();
    if (ready !== undefined) return ready;
    if (this.#fault !== null) throw this.#fault;
    await new Promise<void>((resolve) => {
      const limit = setTimeout(() => {
        this.#break(new CardFault('timeout', `the meter was silent for ${SILENCE_MS / 1000} s over FTP`));
        this.socket.destroy();
      }, SILENCE_MS);
      this.#wake = () => {
        clearTimeout(limit);
        this.#wake = null;
        resolve();
      };
    });
    return this.reply();
  }

  end(): void {
    this.socket.removeAllListeners('close');
    this.socket.destroy();
  }

  #receive(text: string): void {
    this.#held = (this.#held + text).slice(-MAX_REPLY_BYTES);
    const lines = this.#held.split('\n');
    this.#held = lines.pop() ?? '';
    for (const line of lines) {
      // Only the last line of a reply of several has its code and a space.
      const match = /^(\d{3}) (.*?)\r?$/.exec(line);
      if (match !== null) this.#replies.push({ code: Number(match[1]), text: match[2] ?? '' });
    }
    this.#wake?.();
  }

  #break(fault: CardFault): void {
    this.#fault ??= fault;
    this.#wake?.();
  }
}

class FtpCard implements CardSession {
  readonly #dialogue: Dialogue;
  readonly #nowNaiveMs: number;

  constructor(dialogue: Dialogue, nowNaiveMs: number) {
    this.#dialogue = dialogue;
    this.#nowNaiveMs = nowNaiveMs;
  }

  async list(path: string): Promise<readonly ListedEntry[]> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    // A folder is entered first: `LIST path` is read as options by some when the path begins with a dash.
    await this.#dialogue.expect(`CWD ${path}`, 250);
    await this.#transfer('LIST', 0, async (piece) => {
      bytes += piece.length;
      if (bytes > MAX_LISTING_BYTES) throw new CardFault('refused', 'the listing of the folder is longer than 4 MB');
      pieces.push(piece);
    });
    return Buffer.concat(pieces)
      .toString('latin1')
      .split(/\r?\n/)
      .flatMap((line) => parseListLine(line, this.#nowNaiveMs) ?? []);
  }

  async read(path: string, offset: number, take: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    await this.#transfer(`RETR ${path}`, offset, take);
  }

  async close(): Promise<void> {
    await this.#dialogue.say('QUIT').catch(() => undefined);
    this.#dialogue.end();
  }

  async #transfer(command: string, offset: number, take: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    const { socket } = this.#dialogue;
    const host = socket.localAddress ?? '';
    const door = await DataDoor.open(host, socket.remoteAddress ?? '');
    try {
      await this.#dialogue.expect(portCommand(host, door.port), 200);
      if (offset > 0) await this.#dialogue.expect(`REST ${offset}`, 350);
      await this.#dialogue.expect(command, 150, 125);
      await door.drain(take);
      const end = await this.#dialogue.reply();
      if (end.code !== 226 && end.code !== 250) throw new CardFault('cut', `the transfer ended with ${end.code} ${end.text}`);
    } finally {
      door.close();
    }
  }
}

/** Where the meter connects back to. Only the meter is let in. */
class DataDoor {
  readonly #server: Server;
  readonly #arrived: Promise<Socket>;
  #cancelWait: () => void = () => undefined;

  private constructor(server: Server, peer: string) {
    this.#server = server;
    this.#arrived = new Promise((resolve, reject) => {
      const limit = setTimeout(
        () => reject(new CardFault('timeout', 'the meter opened no data connection; a firewall may block its way to the agent')),
        SILENCE_MS,
      );
      this.#cancelWait = () => clearTimeout(limit);
      server.on('connection', (socket) => {
        if (socket.remoteAddress !== peer) return socket.destroy();
        clearTimeout(limit);
        resolve(socket);
        return undefined;
      });
    });
    this.#arrived.catch(() => undefined);
  }

  static open(host: string, peer: string): Promise<DataDoor> {
    return new Promise((resolve, reject) => {
      const server = createServer({ pauseOnConnect: true });
      server.once('error', (error) => reject(new CardFault('unreachable', `no port for the data connection: ${error.message}`)));
      server.listen(0, host, () => resolve(new DataDoor(server, peer)));
    });
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  async drain(take: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    const socket = await this.#arrived;
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new CardFault('timeout', 'the meter stopped sending the file')));
    try {
      for await (const piece of socket) {
        if (!(piece instanceof Uint8Array)) continue;
        await take(piece);
      }
    } catch (error) {
      if (error instanceof CardFault) throw error;
      if (error instanceof Error && 'code' in error && String(error.code).startsWith('E'))
        throw new CardFault('cut', `the data connection broke: ${error.message}`);
      throw error;
    } finally {
      socket.destroy();
    }
  }

  close(): void {
    this.#cancelWait();
    this.#server.close();
  }
}

function portCommand(host: string, port: number): string {
  const plain = host.replace(/^::ffff:/, '');
  if (isIPv6(plain)) return `EPRT |2|${plain}|${port}|`;
  return `PORT ${plain.split('.').join(',')},${port >> 8},${port & 255}`;
}
