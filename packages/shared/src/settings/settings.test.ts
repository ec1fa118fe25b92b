import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeSettings, readSettings } from './settings.ts';

const table = {
  httpPort: { schema: z.coerce.number().int().min(0).max(65_535).default(8100), help: 'port of the page' },
  dataDir: { schema: z.string().default('./data'), help: 'folder' },
  mqttPassword: { schema: z.string().optional(), help: 'secret', secret: true },
};

const read = (flags: string[], environment: Record<string, string> = {}, file = '') =>
  readSettings(table, { flags, environment, readFile: () => file }, ['SLMM_EDGE_ID']);

describe('readSettings', () => {
  it('gives the defaults when nothing is said', () => {
    expect(read([])).toEqual({ kind: 'ok', values: { httpPort: 8100, dataDir: './data', mqttPassword: undefined } });
  });

  it('lets a flag outrank the environment, and the environment the file', () => {
    const file = 'http_port: 1\ndata_dir: /file';
    expect(read(['--config', 'f.yaml'], {}, file)).toMatchObject({ values: { httpPort: 1, dataDir: '/file' } });
    expect(read(['--config', 'f.yaml'], { SLMM_HTTP_PORT: '2' }, file)).toMatchObject({
      values: { httpPort: 2, dataDir: '/file' },
    });
    expect(read(['--config=f.yaml', '--http-port=3'], { SLMM_HTTP_PORT: '2' }, file)).toMatchObject({ values: { httpPort: 3 } });
  });

  it('lists every mistake at once', () => {
    const result = read(['--http-prot', '1', 'stray', '--mqtt-password', 'x'], { SLMM_HTTP_PORT: '70000', SLMM_HTTP_PROT: '1' });
    expect(result.kind).toBe('mistakes');
    if (result.kind !== 'mistakes') return;
    expect(result.mistakes).toHaveLength(5);
    expect(result.mistakes.join('\n')).toContain('SLMM_HTTP_PORT');
    expect(result.mistakes.join('\n')).toContain('--http-prot');
    expect(result.mistakes.join('\n')).toContain('use SLMM_MQTT_PASSWORD');
  });

  it('tells a flag that lacks its value from one that does not exist', () => {
    expect(read(['--http-port'])).toMatchObject({ mistakes: ['--http-port: a value is missing'] });
    expect(read(['--verbose'])).toMatchObject({ mistakes: ['--verbose: there is no such flag'] });
  });

  it('tolerates the names of the other programs and nothing else', () => {
    expect(read([], { SLMM_EDGE_ID: 'a', PATH: '/bin' }).kind).toBe('ok');
    expect(read([], { SLMM_EGDE_ID: 'a' }).kind).toBe('mistakes');
  });

  it('treats an empty environment value as unset', () => {
    expect(read([], { SLMM_HTTP_PORT: '' })).toMatchObject({ values: { httpPort: 8100 } });
  });

  it('says what is wrong with a file', () => {
    expect(read(['--config', 'f.yaml'], {}, '- a list')).toMatchObject({ mistakes: [expect.stringContaining('f.yaml')] });
    expect(read(['--config', 'f.yaml'], {}, 'htp: 1')).toMatchObject({ mistakes: [expect.stringContaining("'htp'")] });
  });

  it('answers --help before anything else', () => {
    expect(read(['--help', 'stray']).kind).toBe('help');
    expect(describeSettings('slmm-hub', 'the hub', table)).toContain('--http-port, SLMM_HTTP_PORT');
  });

  it('takes a flag of its own name instead of the derived one', () => {
    const short = { simCount: { schema: z.coerce.number(), help: 'how many', flag: '--count' as const } };
    expect(readSettings(short, { flags: ['--count', '2'], environment: {} })).toEqual({ kind: 'ok', values: { simCount: 2 } });
    expect(readSettings(short, { flags: [], environment: { SLMM_SIM_COUNT: '4' } })).toEqual({
      kind: 'ok',
      values: { simCount: 4 },
    });
    expect(readSettings(short, { flags: ['--sim-count', '2'], environment: {} }).kind).toBe('mistakes');
    expect(describeSettings('p', 'x', short)).toContain('--count, SLMM_SIM_COUNT');
  });
});
