import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './tree.ts';

/** The scripts of infra are plain JavaScript, because they run before anything is installed; here is what we use of them. */
interface Tally {
  passed: number;
  skipped: number;
  failures: string[];
}
interface Infra {
  tally(modules: object[], unhandledErrors: object[]): Tally;
  readReport(readText: () => string): Tally;
  readSurroundings(
    environment: Record<string, string>,
    root: string,
  ): {
    dataDir: string;
    needsToken: boolean;
    adminToken: string | null;
    address: string;
    broker: { host: string; port: number } | null;
    ports: { port: number; variable: string }[];
    forHub: Record<string, string>;
    forEdge(edge: string, secret: string): Record<string, string>;
    forSimulator: Record<string, string>;
  };
  keptSecret(dataDir: string, name: string): string;
  hashOf(root: string, paths: string[], words?: string[]): string;
}

let infra: Infra;
const place = mkdtempSync(join(tmpdir(), 'slmm-infra-'));

beforeAll(async () => {
  const parts = await Promise.all(
    ['check/report.mjs', 'check/tally-reporter.mjs', 'demo/surroundings.mjs', 'prepare/stamp.mjs'].map(
      (file) => import(`${ROOT}infra/${file}`) as Promise<Partial<Infra>>,
    ),
  );
  infra = Object.assign({}, ...parts) as Infra;
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("npm test's count", () => {
  const test = (state: string, fullName = state) => ({ fullName, result: () => ({ state }) });
  const module = (state: string, ...tests: ReturnType<typeof test>[]) => ({
    relativeModuleId: 'a.test.ts',
    state: () => state,
    children: { allTests: () => tests },
  });

  it('counts what passed and was skipped, and names what failed', () => {
    const file = module('failed', test('passed'), test('failed', 'x is y'), test('skipped'), test('passed'));
    expect(infra.tally([file], [])).toEqual({ passed: 2, skipped: 1, failures: ['a.test.ts: x is y'] });
  });

  it('takes a test that never ended for a failure, and its file too', () => {
    expect(infra.tally([module('pending', test('pending', 'x is y'))], []).failures).toEqual([
      'a.test.ts: x is y (did not come to an end)',
      'a.test.ts: the file did not come to an end',
    ]);
  });

  it('counts a file that could not be loaded, and an error outside of any test', () => {
    expect(infra.tally([module('failed')], [{ message: 'Worker exited unexpectedly' }]).failures).toEqual([
      'a.test.ts: the file itself',
      'outside of any test: Worker exited unexpectedly',
    ]);
  });

  it('takes a missing or broken report for a failure, never for nothing', () => {
    for (const text of ['{', '{}', 'null']) expect(infra.readReport(() => text).failures).toHaveLength(1);
    expect(
      infra.readReport(() => {
        throw new Error('no such file');
      }).failures,
    ).toHaveLength(1);
  });
});

describe("the demo's surroundings", () => {
  const read = (environment: Record<string, string> = {}) =>
    infra.readSurroundings({ SLMM_DATA_DIR: place, ...environment }, place);

  it('gives each program the settings that it knows, and no other', () => {
    const all = read({
      PATH: '/bin',
      SLMM_UPLINK: 'economy',
      SLMM_EDGE_JOURNAL_MB: '5',
      SLMM_EDGE_ID: 'x',
      SLMM_SIM_SEED: '7',
      SLMM_TIMEZONE: 'UTC',
      SLMM_LOG_LEVEL: 'warn',
      SLMM_CI: '1',
    });
    const names = (environment: Record<string, string>) =>
      Object.keys(environment)
        .filter((name) => name.startsWith('SLMM_'))
        .sort();
    expect(names(all.forSimulator)).toEqual(['SLMM_LOG_LEVEL', 'SLMM_SIM_SEED']);
    expect(names(all.forEdge('demo', 's'))).toEqual([
      'SLMM_DATA_DIR',
      'SLMM_EDGE_ID',
      'SLMM_EDGE_JOURNAL_MB',
      'SLMM_LOG_LEVEL',
      'SLMM_MQTT_PASSWORD',
      'SLMM_MQTT_URL',
      'SLMM_MQTT_USERNAME',
      'SLMM_UPLINK',
    ]);
    expect(all.forEdge('demo', 's')).toMatchObject({
      PATH: '/bin',
      SLMM_EDGE_ID: 'demo',
      SLMM_MQTT_PASSWORD: 's',
      SLMM_MQTT_USERNAME: 'demo',
    });
    expect(names(all.forHub)).toEqual([
      'SLMM_DATA_DIR',
      'SLMM_HTTP_HOST',
      'SLMM_HTTP_PORT',
      'SLMM_LOG_LEVEL',
      'SLMM_MQTT_HOST',
      'SLMM_MQTT_PORT',
      'SLMM_TIMEZONE',
    ]);
  });

  it('passes on to the hub what nobody knows, so that it is told and not lost', () => {
    expect(read({ SLMM_HTPP_PORT: '1' }).forHub).toHaveProperty('SLMM_HTPP_PORT', '1');
  });

  it('reaches programs that listen everywhere at loopback', () => {
    expect(read({ SLMM_HTTP_HOST: '0.0.0.0', SLMM_HTTP_PORT: '9000' }).address).toBe('http://127.0.0.1:9000');
    expect(read({ SLMM_HTTP_HOST: '::1' }).address).toBe('http://[::1]:8100');
    expect(read({ SLMM_MQTT_HOST: '0.0.0.0' }).forEdge('demo', 's')).toHaveProperty('SLMM_MQTT_URL', 'mqtt://127.0.0.1:1883');
  });

  it('uses an external broker where one is named, and leaves its port alone', () => {
    const all = read({ SLMM_MQTT_URL: 'mqtt://broker:1883', SLMM_MQTT_USERNAME: 'u', SLMM_MQTT_PASSWORD: 'p' });
    expect(all.broker).toBeNull();
    expect(all.ports.map((one) => one.variable)).toEqual(['SLMM_HTTP_PORT']);
    expect(all.forEdge('demo', 's')).toMatchObject({
      SLMM_MQTT_URL: 'mqtt://broker:1883',
      SLMM_MQTT_USERNAME: 'u',
      SLMM_MQTT_PASSWORD: 'p',
    });
  });

  it('refuses ports that are none, in a sentence that names the setting', () => {
    expect(() => read({ SLMM_HTTP_PORT: '70000' })).toThrow('SLMM_HTTP_PORT=70000 is no port');
    expect(() => read({ SLMM_MQTT_PORT: 'x' })).toThrow('SLMM_MQTT_PORT=x is no port');
    expect(() => read({ SLMM_MQTT_PORT: '0' })).toThrow('SLMM_MQTT_URL');
  });

  it('keeps a secret for the next start, readable by this user alone', () => {
    const made = infra.keptSecret(place, 'a-secret');
    expect(made.length).toBeGreaterThan(20);
    expect(infra.keptSecret(place, 'a-secret')).toBe(made);
    expect(statSync(join(place, 'a-secret')).mode & 0o777).toBe(0o600);
  });
});

describe('a stamp', () => {
  it('changes with content, names and words, and not with times', () => {
    writeFileSync(join(place, 'one.ts'), 'a');
    const before = infra.hashOf(place, ['one.ts', 'absent.ts']);
    writeFileSync(join(place, 'one.ts'), 'a');
    expect(infra.hashOf(place, ['one.ts', 'absent.ts'])).toBe(before);
    writeFileSync(join(place, 'one.ts'), 'b');
    expect(infra.hashOf(place, ['one.ts', 'absent.ts'])).not.toBe(before);
    expect(infra.hashOf(place, ['one.ts'], ['w'])).not.toBe(infra.hashOf(place, ['one.ts']));
  });
});
