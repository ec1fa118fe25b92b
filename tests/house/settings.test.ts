import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentName, type SettingTable } from '@slmm/shared';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EDGE_SETTINGS, readEdgeSettings } from '@slmm/edge-agent';
import { HUB_SETTINGS } from '@slmm/hub';
import { SIMULATOR_SETTINGS } from '@slmm/simulator';
import { read } from './tree.ts';

const PROGRAMS = [
  { name: 'slmm-hub', what: 'The hub.', table: HUB_SETTINGS },
  { name: 'slmm-edge', what: 'The agent beside the meters.', table: EDGE_SETTINGS },
  { name: 'nl43-sim', what: 'Simulated meters.', table: SIMULATOR_SETTINGS },
] as const satisfies readonly { name: string; what: string; table: SettingTable }[];

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function rowsOf(table: SettingTable): string[] {
  return Object.entries(table).map(([name, setting]) => {
    const flag =
      setting.secret === true ? 'none: it is a secret' : `\`${setting.flag ?? `--${snake(name).replaceAll('_', '-')}`}\``;
    return `| \`${environmentName(name)}\` | ${flag} | \`${snake(name)}\` | ${setting.help.replaceAll('|', '\\|')} |`;
  });
}

function document(): string {
  const programs = PROGRAMS.flatMap(({ name, what, table }) => [
    `## ${name}`,
    '',
    what,
    '',
    '| environment | flag | key in the file | meaning |',
    '|---|---|---|---|',
    ...rowsOf(table),
    '',
  ]);
  return [
    '# Settings',
    '',
    'Every setting is a flag, an environment variable and a key of an optional YAML file (`--config FILE` or `SLMM_CONFIG`). A flag outranks the environment, which outranks the file.',
    'Unknown or bad settings end the start, with all mistakes listed at once; `--help` lists what a program knows.',
    '',
    "This page is written from the programs' own tables (`npx vitest run --project unit tests/house -u`).",
    '',
    ...programs,
    '## The demo',
    '',
    '`npm start` honours the settings of the hub, hands `SLMM_UPLINK` and `SLMM_EDGE_…` to the edge and `SLMM_SIM_…` to the simulator, and chooses edge id, secret and the meters itself. It keeps its admin token in the data',
    'directory (`demo-admin-token`, readable by you alone) unless `SLMM_ADMIN_TOKEN` is set.',
    '',
  ].join('\n');
}

/** Names that scripts and tests rely on, with their defaults (the contract of the programs). */
const CONTRACT = {
  'slmm-hub': {
    httpHost: '127.0.0.1',
    httpPort: 8100,
    mqttHost: '127.0.0.1',
    mqttPort: 1883,
    mqttUrl: null,
    mqttUsername: null,
    mqttPassword: null,
    databaseUrl: null,
    dataDir: './data',
    logLevel: 'info',
    auth: 'required',
    adminToken: null,
    timezone: 'UTC',
  },
  'slmm-edge': { dataDir: './data', logLevel: 'info', mqttUsername: null, mqttPassword: null, uplink: 'live' },
} as const;

const GUIDES = ['docs/operators.md', 'docs/meters.md', 'docs/integrators.md', 'docs/troubleshooting.md'];

describe('settings', () => {
  it('are documented as they are', async () => {
    await expect(document()).toMatchFileSnapshot('../../docs/settings.md');
  });

  it.each(Object.entries(CONTRACT))('of %s have the names and defaults of the contract', (program, wanted) => {
    const table: SettingTable = PROGRAMS.find((one) => one.name === program)?.table ?? {};
    const defaults = Object.fromEntries(Object.keys(wanted).map((name) => [name, table[name]?.schema.parse(undefined)]));
    expect(defaults).toEqual(wanted);
  });

  it('never take a secret from the command line', () => {
    for (const { table } of PROGRAMS)
      for (const [name, setting] of Object.entries(table as SettingTable))
        if (/password|token|secret/i.test(name)) expect(setting.secret, name).toBe(true);
  });

  it('are named in the documents for people only if they exist', () => {
    const known = new Set(PROGRAMS.flatMap(({ table }) => Object.keys(table).map(environmentName)));
    const others = new Set(['SLMM_CONFIG', 'SLMM_CI', 'SLMM_SCREENSHOTS', 'SLMM_HUB', 'SLMM_SEED', 'SLMM_SIMULATION_SEEDS']);
    for (const page of ['README.md', 'CONTRIBUTING.md', ...GUIDES])
      for (const [name] of read(page).matchAll(/\bSLMM_[A-Z_]+[A-Z]\b/g))
        expect(known.has(name) || others.has(name), `${name} in ${page}`).toBe(true);
  });

  it('of an edge can be what the page about meters shows', async () => {
    const [, file = ''] = /```yaml\n([^`]+)```/.exec(read('docs/meters.md')) ?? [];
    const directory = await mkdtemp(join(tmpdir(), 'slmm-settings-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const path = join(directory, 'edge.yaml');
    await writeFile(path, file);
    const result = readEdgeSettings(['--config', path], { SLMM_EDGE_ID: 'site-7', SLMM_MQTT_URL: 'mqtt://127.0.0.1' });
    if (result.kind !== 'ok') throw new Error(JSON.stringify(result));
    expect(result.settings.edgeUnits.map(({ unit, acquisition }) => [unit, acquisition])).toEqual([
      ['NL43-01', 'dod'],
      ['NL43-02', 'drd'],
    ]);
  });
});
