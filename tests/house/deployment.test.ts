/** The examples of `infra/` for operators: they start the programs that there are, with settings that there are. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { EDGE_SETTINGS } from '@slmm/edge-agent';
import { HUB_SETTINGS } from '@slmm/hub';
import { environmentName } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { read, ROOT } from './tree.ts';

const UNITS = [
  ['infra/systemd/slmm-hub.service', HUB_SETTINGS],
  ['infra/systemd/slmm-edge.service', EDGE_SETTINGS],
] as const;
const VERIFIER = '/usr/bin/systemd-analyze';
if (!existsSync(VERIFIER)) console.warn('unit files are not verified: there is no systemd-analyze (apt-get install systemd)');

describe.each(UNITS)('%s', (file, settings) => {
  const text = read(file);
  const known = new Set(Object.keys(settings).map(environmentName));

  it('starts a program of this checkout', () => {
    const [, program] = /ExecStart=\/usr\/bin\/env node \/opt\/slmm\/(\S+)/.exec(text) ?? [];
    expect(existsSync(`${ROOT}${program ?? 'nothing'}`)).toBe(true);
  });

  it('names settings that the program has', () => {
    const named = [...`${text}\n${read('infra/systemd/README.md')}`.matchAll(/\bSLMM_[A-Z_]+[A-Z]\b/g)].map(([name]) => name);
    const others = new Set(UNITS.flatMap(([, table]) => Object.keys(table).map(environmentName)));
    expect(named.filter((name) => !others.has(name))).toEqual([]);
    expect([...text.matchAll(/^Environment=.*\b(SLMM_[A-Z_]+)=/gm)].every(([, name = '']) => known.has(name))).toBe(true);
  });

  it.skipIf(!existsSync(VERIFIER))('is a unit file that systemd reads without complaint', () => {
    expect(execFileSync(VERIFIER, ['verify', '--man=no', `${ROOT}${file}`], { encoding: 'utf8', stdio: 'pipe' })).toBe('');
  });
});
