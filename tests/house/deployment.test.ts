/** The examples of `infra/` for operators: they start the programs that there are, with settings that there are. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { EDGE_SETTINGS } from '@slmm/edge-agent';
import { HUB_SETTINGS } from '@slmm/hub';
import { environmentName } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
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

describe('infra/image', () => {
  const compose = parse(read('infra/image/compose.yaml')) as {
    services: Record<string, { command: string; environment: Record<string, string>; build: { dockerfile: string } }>;
  };
  const recipe = read('infra/image/Containerfile');
  const programs = new Set(
    ['hub', 'edge-agent', 'simulator'].flatMap((folder) =>
      Object.keys((JSON.parse(read(`packages/${folder}/package.json`)) as { bin: object }).bin),
    ),
  );

  it.each(Object.entries(compose.services))('runs as %s a program that there is, with settings that it has', (name, service) => {
    expect(programs).toContain(service.command);
    expect(existsSync(`${ROOT}${service.build.dockerfile}`)).toBe(true);
    const known = new Set(Object.keys(name === 'hub' ? HUB_SETTINGS : EDGE_SETTINGS).map(environmentName));
    expect(Object.keys(service.environment).filter((setting) => !known.has(setting))).toEqual([]);
  });

  it('starts a program that there is, and sets what programs know', () => {
    expect(programs).toContain(/CMD \["([^"]+)"\]/.exec(recipe)?.[1]);
    const known = new Set(Object.keys(HUB_SETTINGS).map(environmentName));
    expect([...recipe.matchAll(/\b(SLMM_[A-Z_]+)=/g)].filter(([, name = '']) => !known.has(name))).toEqual([]);
  });

  it('keeps out of the image what was made on this machine, as git does', () => {
    const left = new Set(
      read('.dockerignore')
        .split('\n')
        .map((line) => line.replace('**/', '')),
    );
    for (const made of read('.gitignore')
      .split('\n')
      .map((line) => line.replace(/\/$/, '')))
      if (!['', '*.log', 'coverage', '.vite', 'bench-results'].includes(made)) expect(left).toContain(made);
  });
});
