/** One FTP client of the meter's card: RFC 959 as far as the meter goes. Active mode only, read only, replies as seen on a real meter. */
import type net from 'node:net';
import { type CardEntry, type CardFolder, entryAt, listLine, resolvePath } from '../card/card-entry.ts';
import type { FaultParams } from '../faults/fault-table.ts';
import { type ActiveAddress, parseEprt, parsePort } from './active-address.ts';
import { transfer } from './data-transfer.ts';

const MAX_LINE_BYTES = 1_024;
const IDLE_LIMIT_MS = 300_000;
/** Commands that come while a transfer runs. */
const MAX_WAITING = 32;

/** What the session needs of its meter. */
export interface FtpHost {
  readonly user: string;
  readonly password: string;
  card(): CardFolder;
  /** The meter's wall time, for LIST. */
  nowNaiveMs(): number;
  trouble(): FaultParams<'F14'> | null;
  onClose(): void;
}

export class FtpSession {
  readonly #socket: net.Socket;
  readonly #host: FtpHost;
  readonly #abort = new AbortController();
  readonly #waiting: string[] = [];
  #held = '';
  #busy = false;
  #frozen = false;
  #user = '';
  #loggedIn = false;
  #folder = '/';
  #restart = 0;
  #active: ActiveAddress | null = null;

  constructor(socket: net.Socket, host: FtpHost) {
    this.#socket = socket;
    this.#host = host;
    socket.setEncoding('latin1');
    socket.setTimeout(IDLE_LIMIT_MS, () => this.destroy());
    socket.on('error', () => {});
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.#abort.abort();
      host.onClose();
    });
    this.#reply('220 Connection Ready');
  }

  /** Answers nothing more. */
  freeze(): void {
    this.#frozen = true;
    this.#abort.abort();
  }

  destroy(): void {
    this.#socket.resetAndDestroy();
  }

  #receive(text: string): void {
    this.#held += text;
    const lines = this.#held.split('\n');
    this.#held = (lines.pop() ?? '').slice(0, MAX_LINE_BYTES);
    for (const line of lines) if (this.#waiting.length < MAX_WAITING) this.#waiting.push(line.replace(/\r$/, ''));
    void this.#work();
  }

  /** One command after the other; a transfer keeps the next ones waiting. */
  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) {
      const space = line.indexOf(' ');
      const verb = (space < 0 ? line : line.slice(0, space)).toUpperCase();
      if (!this.#frozen) await this.#command(verb, space < 0 ? '' : line.slice(space + 1));
    }
    this.#busy = false;
  }

  async #command(verb: string, argument: string): Promise<void> {
    switch (verb) {
      case 'USER':
        this.#user = argument;
        this.#loggedIn = false;
        return this.#reply('331 Password Required');
      case 'PASS':
        return this.#login(argument);
      case 'QUIT':
        this.#reply('221 Bye');
        this.#socket.end();
        return;
      case 'NOOP':
        return this.#reply('200 OK');
      // The real meter knows active mode only; these answers come before any login.
      case 'PASV':
      case 'EPSV':
        return this.#reply('502 Not Implemented');
      default:
        if (!this.#loggedIn) return this.#reply('530 Not Logged In');
        return this.#afterLogin(verb, argument);
    }
  }

  async #afterLogin(verb: string, argument: string): Promise<void> {
    switch (verb) {
      case 'TYPE':
        return this.#reply(/^[AI]/i.test(argument) ? '200 OK' : '504 Not Implemented');
      case 'SYST':
        return this.#reply('215 UNIX Type: L8');
      case 'PWD':
      case 'XPWD':
        return this.#reply(`257 "${this.#folder.replaceAll('"', '""')}"`);
      case 'CWD':
      case 'XCWD':
        return this.#changeFolder(argument);
      case 'CDUP':
        return this.#changeFolder('..');
      case 'PORT':
        return this.#setActive(parsePort(argument));
      case 'EPRT':
        return this.#setActive(parseEprt(argument));
      case 'REST':
        this.#restart = /^\d{1,12}$/.test(argument) ? Number(argument) : 0;
        return this.#reply(`350 Restarting at ${this.#restart}`);
      case 'SIZE':
      case 'MDTM':
        return this.#describe(verb, argument);
      case 'LIST':
      case 'NLST':
        return this.#list(verb, argument);
      case 'RETR':
        return this.#retrieve(argument);
      case 'ABOR':
        return this.#reply('226 Nothing To Abort');
      default:
        return this.#reply('502 Not Implemented');
    }
  }

  #login(password: string): void {
    const good = this.#user === this.#host.user && password === this.#host.password && this.#host.trouble()?.loginFails !== true;
    this.#loggedIn = good;
    this.#reply(good ? '230 Login OK' : '530 Login Fail');
  }

  #changeFolder(argument: string): void {
    const path = resolvePath(this.#folder, argument);
    if (entryAt(this.#host.card(), path)?.kind !== 'folder') return this.#reply('550 No Such Directory');
    this.#folder = path;
    this.#reply('250 OK');
  }

  /** Only back to the client itself: a meter is no relay. */
  #setActive(address: ActiveAddress | null): void {
    const peer = this.#socket.remoteAddress?.replace(/^::ffff:/, '');
    if (address === null) return this.#reply('501 Syntax Error');
    if (address.host !== peer) return this.#reply('500 Illegal PORT Command');
    this.#active = address;
    this.#reply('200 OK');
  }

  #describe(verb: 'SIZE' | 'MDTM', argument: string): void {
    const entry = this.#entry(argument);
    if (entry?.kind !== 'file') return this.#reply('550 No Such File');
    if (verb === 'SIZE') return this.#reply(`213 ${entry.sizeBytes}`);
    this.#reply(`213 ${new Date(entry.modifiedNaiveMs).toISOString().replace(/\D/g, '').slice(0, 14)}`);
  }

  async #list(verb: 'LIST' | 'NLST', argument: string): Promise<void> {
    // `LIST -la path` is common; everything else is a name, spaces included.
    const entry = this.#entry(argument.replace(/^-\S*\s*/, ''));
    if (entry === null) return this.#reply('550 No Such Directory');
    const entries = entry.kind === 'folder' ? entry.entries : [entry];
    const trouble = this.#host.trouble();
    const nowNaiveMs = this.#host.nowNaiveMs();
    const lines = entries.map((one) => {
      if (verb === 'NLST') return `${one.name}\r\n`;
      const shown = trouble?.newYear === true ? { ...one, modifiedNaiveMs: lastNewYearsEve(nowNaiveMs) } : one;
      return `${listLine(shown, nowNaiveMs, trouble?.newYear === true)}\r\n`;
    });
    await this.#send([Buffer.from(lines.join(''), 'latin1')]);
  }

  async #retrieve(argument: string): Promise<void> {
    const entry = this.#entry(argument);
    const offset = this.#restart;
    this.#restart = 0;
    if (entry?.kind !== 'file') return this.#reply('550 No Such File');
    if (offset > entry.sizeBytes) return this.#reply('554 Restart Beyond End');
    await this.#send(entry.read(offset));
  }

  async #send(content: Iterable<Buffer>): Promise<void> {
    const address = this.#active;
    this.#active = null;
    if (address === null) return this.#reply('425 No Data Connection');
    this.#reply('150 Opening Data Connection');
    const trouble = this.#host.trouble();
    if (trouble?.hang === true) return;
    const end = await transfer(address, content, { signal: this.#abort.signal, cutAfterBytes: trouble?.cutAfterBytes ?? 0 });
    if (end === 'done') this.#reply('226 Transfer Complete');
    else this.#reply(end === 'aborted' ? '426 Transfer Aborted' : '425 No Data Connection');
  }

  #entry(argument: string): CardEntry | null {
    return entryAt(this.#host.card(), resolvePath(this.#folder, argument));
  }

  #reply(line: string): void {
    if (!this.#frozen && this.#socket.writable) this.#socket.write(`${line}\r\n`, 'latin1');
  }
}

function lastNewYearsEve(nowNaiveMs: number): number {
  return Date.UTC(new Date(nowNaiveMs).getUTCFullYear() - 1, 11, 31, 22, 15);
}
