import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type DemoRun, LINK, startDemo } from '../browser/demo-run.ts';

const MOSQUITTO_SUB = '/usr/bin/mosquitto_sub';
const isMissing = !existsSync(MOSQUITTO_SUB) && process.env['SLMM_CI'] !== '1';
if (isMissing)
  console.warn(
    `The third-party client is not tried: there is no ${MOSQUITTO_SUB}. Install it: apt-get install mosquitto-clients.`,
  );

const runs: DemoRun[] = [];
async function demo(environment: Readonly<Record<string, string>> = {}): Promise<DemoRun> {
  const run = await startDemo(environment);
  runs.push(run);
  return run;
}

afterEach(async () => {
  await Promise.all(runs.splice(0).map((run) => run.close()));
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('npm start', () => {
  it('shows live levels, keeps its secrets to itself, and takes all programs along when it stops', async () => {
    const run = await demo();
    await run.printed(/Live after [\d.]+ s: NL43-01 [\d.]+ dB, NL43-02 [\d.]+ dB, NL43-03 [\d.]+ dB/);
    const [, link = ''] = await run.printed(LINK);
    for (const name of ['demo-admin-token', 'demo-edge-secret'])
      expect(statSync(join(run.dataDir, name)).mode & 0o777).toBe(0o600);
    expect(link).toContain(readFileSync(join(run.dataDir, 'demo-admin-token'), 'utf8').trim());

    const programs = await run.children();
    expect(programs).toHaveLength(3);
    const startMs = performance.now();
    run.signal('SIGINT');
    expect(await run.ended).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(5000);
    expect(programs.filter(isAlive)).toEqual([]);
    expect(run.output()).not.toContain('by force');
  });

  it.skipIf(isMissing)('lets any MQTT client see the frames that the history has', async () => {
    const run = await demo();
    const [, host = '', port = '', token = ''] = await run.printed(/mosquitto_sub -h (\S+) -p (\d+) -u reader -P '([^']+)'/);
    const sub = promisify(execFile)(MOSQUITTO_SUB, [
      '-h',
      host,
      '-p',
      port,
      '-u',
      'reader',
      '-P',
      token,
      '-t',
      'slmm/v1/+/+/dod',
      '-C',
      '6',
      '-W',
      '30',
    ]);
    const frames = (await sub).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { unit: string; seq: number; lp: number; epoch: string });
    expect(new Set(frames.map((frame) => frame.unit)).size).toBe(3);
    for (const { unit, seq, epoch, lp } of frames) {
      const response = await fetch(
        `http://127.0.0.1:${run.httpPort}/api/v1/units/${unit}/readings?limit=1000&from=2020-01-01T00:00:00.000Z&to=2199-01-01T00:00:00.000Z`,
        {
          headers: { authorization: `Bearer ${token}` },
        },
      );
      const { readings } = (await response.json()) as { readings: { seq: number; epoch: string; lp: number }[] };
      expect(readings.filter((reading) => reading.seq === seq && reading.epoch === epoch)).toMatchObject([{ lp }]);
    }
  });

  it('comes up again over what is there, with the token that it had and without the example rule that was deleted', async () => {
    const first = await demo();
    const [, link = ''] = await first.printed(LINK);
    const token = new URL(link).searchParams.get('token');
    const authorization = { headers: { authorization: `Bearer ${token}` } };
    const rulesAt = async (page: string): Promise<string[]> => {
      const answer = await fetch(new URL('/api/v1/rules', page), authorization);
      return ((await answer.json()) as { rules: { rule: { id: string } }[] }).rules.map(({ rule }) => rule.id);
    };
    const [example = '', ...more] = await rulesAt(link);
    expect(more).toEqual([]);
    await fetch(new URL(`/api/v1/rules/${example}`, link), { ...authorization, method: 'DELETE' });
    first.signal('SIGTERM');
    await first.ended;
    const again = await demo({ SLMM_DATA_DIR: first.dataDir });
    const [, linkAgain = ''] = await again.printed(LINK);
    expect(new URL(linkAgain).searchParams.get('token')).toBe(token);
    expect(await rulesAt(linkAgain)).toEqual([]);
    again.signal('SIGTERM');
    await again.ended;
  });

  it('needs no token where everybody may come in', async () => {
    const run = await demo({ SLMM_AUTH: 'none' });
    const [, link = ''] = await run.printed(LINK);
    expect(link).not.toContain('token');
    expect((await fetch(new URL('/api/v1/units', link))).status).toBe(200);
  });

  it('says in one line which setting to change when a port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    for (const variable of ['SLMM_HTTP_PORT', 'SLMM_MQTT_PORT']) {
      const run = await demo({ [variable]: String(port) });
      expect(await run.ended).toBe(1);
      expect(run.output().trim().split('\n')).toEqual([
        expect.stringContaining(`Port ${port} on 127.0.0.1 is taken: set ${variable}`),
      ]);
    }
    other.close();
  });

  it('says which program ended by itself, and stops the others', async () => {
    const run = await demo();
    await run.printed(LINK);
    const programs = await run.children();
    const edge = programs.at(-1) ?? expect.unreachable('no programs');
    process.kill(edge, 'SIGKILL');
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('edge ended by itself (signal SIGKILL)');
    expect(programs.filter(isAlive)).toEqual([]);
  });

  it('tells a setting that nobody knows', async () => {
    const run = await demo({ SLMM_HTPP_PORT: '1' });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('SLMM_HTPP_PORT: there is no such setting');
  });

  it('tells an old Node what it needs, in words that it understands', async () => {
    const version = fileURLToPath(new URL('../../infra/prepare/node-version.mjs', import.meta.url));
    const script = `Object.defineProperty(process.versions, 'node', { value: '18.20.8' }); import(${JSON.stringify(version)}).then((m) => m.requireNode());`;
    await expect(promisify(execFile)(process.execPath, ['-e', script])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('SLMM needs Node 20.19 or newer, this is 18.20.8'),
    });
  });
});
