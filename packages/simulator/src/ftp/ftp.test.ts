/** The card over real FTP in active mode. */
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../simulator.ts';

let simulator: Simulator;
let session: FtpClient;

/** Just enough of a client: one line out, one reply in, one data connection per transfer. */
class FtpClient {
  readonly #socket: net.Socket;
  #held = '';
  readonly #replies: string[] = [];
  #wake = (): void => {};

  constructor(port: number) {
    this.#socket = net.connect({ host: '127.0.0.1', port });
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#arrived('closed'));
    this.#socket.on('data', (bytes: Buffer) => {
      this.#held += bytes.toString('latin1');
      const lines = this.#held.split('\r\n');
      this.#held = lines.pop() ?? '';
      for (const line of lines) this.#arrived(line);
    });
  }

  async reply(): Promise<string> {
    while (this.#replies.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#replies.shift() ?? '';
  }

  async say(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`);
    return this.reply();
  }

  /** Runs LIST or RETR; gives the data and the last reply. */
  async fetch(command: string): Promise<{ data: Buffer; reply: string }> {
    const pieces: Buffer[] = [];
    const server = net.createServer((socket) => socket.on('data', (piece: Buffer) => pieces.push(piece)).on('error', () => {}));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    expect(await this.say(`PORT 127,0,0,1,${port >> 8},${port & 255}`)).toBe('200 OK');
    let reply = await this.say(command);
    if (reply.startsWith('150')) reply = await this.reply();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    return { data: Buffer.concat(pieces), reply };
  }

  close(): void {
    this.#socket.destroy();
  }

  #arrived(line: string): void {
    this.#replies.push(line);
    this.#wake();
  }
}

beforeEach(async () => {
  simulator = await startSimulator({ latencyMs: 0 });
  session = new FtpClient(simulator.meter('NL43-01').ftpPort);
  expect(await session.reply()).toBe('220 Connection Ready');
});

afterEach(async () => {
  session.close();
  await simulator.close();
});

async function login(): Promise<void> {
  expect(await session.say('USER USER')).toMatch(/^331/);
  expect(await session.say('PASS 0000')).toMatch(/^230/);
}

describe('FTP', () => {
  it('refuses a bad login and everything before a good one', async () => {
    expect(await session.say('PWD')).toMatch(/^530/);
    await session.say('USER USER');
    expect(await session.say('PASS 1111')).toBe('530 Login Fail');
    await login();
    expect(await session.say('PWD')).toBe('257 "/"');
  });

  it('knows active mode only, and only back to the client', async () => {
    await login();
    expect(await session.say('PASV')).toBe('502 Not Implemented');
    expect(await session.say('EPSV')).toBe('502 Not Implemented');
    expect(await session.say('PORT 10,0,0,1,4,1')).toBe('500 Illegal PORT Command');
    expect(await session.say('PORT 1,2')).toBe('501 Syntax Error');
    expect(await session.say('LIST')).toBe('425 No Data Connection');
  });

  it('lists, sizes and sends a file with a space in its name, whole and from an offset', async () => {
    await login();
    expect(await session.say('CWD /NL-43/Auto_0001/Auto_Lp_01')).toBe('250 OK');
    const name = 'NL_0001_SLM_Lp _0001_0001.rnd';
    expect((await session.fetch('LIST')).data.toString()).toContain(name);
    expect((await session.fetch('NLST')).data.toString()).toBe(`${name}\r\n`);
    const size = Number((await session.say(`SIZE ${name}`)).slice(4));
    const whole = await session.fetch(`RETR ${name}`);
    expect([whole.reply, whole.data.length]).toEqual(['226 Transfer Complete', size]);
    expect(await session.say('REST 1000')).toMatch(/^350/);
    expect((await session.fetch(`RETR ${name}`)).data.equals(whole.data.subarray(1000))).toBe(true);
    expect(await session.say('SIZE nothing.rnd')).toMatch(/^550/);
  });

  it('ends a transfer early, fails logins and lists the last year when told to', async () => {
    const meter = simulator.meter('NL43-01');
    await login();
    meter.setFault('F14', { cutAfterBytes: 500, newYear: true });
    const cut = await session.fetch('RETR /NL-43/Auto_0001/Auto_Lp_01/NL_0001_SLM_Lp _0001_0001.rnd');
    expect([cut.data.length, cut.reply]).toEqual([500, '426 Transfer Aborted']);
    meter.setFault('F14', { newYear: true, loginFails: true });
    expect((await session.fetch('LIST /NL-43')).data.toString()).toContain('Dec 31 22:15 Auto_0001');
    await session.say('USER USER');
    expect(await session.say('PASS 0000')).toBe('530 Login Fail');
  });

  it('drops its clients when the meter switches FTP off, and refuses new ones', async () => {
    const meter = simulator.meter('NL43-01');
    meter.meter.set('FTP', 'Off');
    expect(await session.reply()).toBe('closed');
    const refused = net.connect({ host: '127.0.0.1', port: meter.ftpPort });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => refused.once('error', resolve));
    expect(error.code).toBe('ECONNREFUSED');
  });
});
