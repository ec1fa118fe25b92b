import { readSettings } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { ownEnvironment, SETTINGS } from './settings.ts';

const read = (flags: string[], environment: Record<string, string> = {}) =>
  readSettings(SETTINGS, { flags, environment: ownEnvironment(environment) });

describe('the settings of nl43-sim', () => {
  it('has defaults for everything', () => {
    expect(read([])).toMatchObject({
      kind: 'ok',
      values: { simCount: 3, simHost: '127.0.0.1', simMeasuring: true, simControlPort: 0 },
    });
  });

  it('takes short flags and SLMM_SIM_ names, and leaves what belongs to other programs alone', () => {
    const environment = { SLMM_SIM_COUNT: '7', SLMM_SIM_CONTROL_PORT: 'off', SLMM_HTTP_PORT: 'x', SLMM_LOG_LEVEL: 'warn' };
    expect(read(['--count', '2', '--measuring', 'no', '--latency=40'], environment)).toMatchObject({
      values: { simCount: 2, simMeasuring: false, simLatencyMs: 40, simControlPort: 'off', logLevel: 'warn' },
    });
    expect(read([], environment)).toMatchObject({ values: { simCount: 7 } });
  });

  it.each([
    ['--count', '0'],
    ['--count', 'many'],
    ['--measuring', 'maybe'],
    ['--name-prefix', 'a/b'],
    ['--control-port', '70000'],
    ['--sim-count', '3'],
  ])('refuses %s %s', (flag, value) => {
    expect(read([flag, value])).toMatchObject({ kind: 'mistakes' });
  });

  it('reports a misspelled name of its own', () => {
    expect(read([], { SLMM_SIM_CUONT: '3' })).toMatchObject({ kind: 'mistakes' });
  });
});
