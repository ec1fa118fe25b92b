import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';

/**
 * One setting of a program: a flag `--data-dir`, an environment variable `SLMM_DATA_DIR` and a YAML key `data_dir`, all derived from `name`.
 * Values reach the schema as text (or as YAML's own types), so schemas coerce.
 */
export interface Setting {
  readonly schema: z.ZodType;
  /** One sentence for `--help`: meaning, unit, default. */
  readonly help: string;
  /** A secret is never shown, and not taken from a flag, where every user of the machine could read it. */
  readonly secret?: boolean;
  /** The flag where the derived one would read badly, as `--count` instead of `--sim-count`. */
  readonly flag?: `--${string}`;
}

export type SettingTable = Readonly<Record<string, Setting>>;
export type SettingValues<T extends SettingTable> = { readonly [K in keyof T]: z.output<T[K]['schema']> };

export interface SettingSources {
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads the YAML file named by `--config` or `SLMM_CONFIG`; replaceable in tests. */
  readonly readFile?: (path: string) => string;
}

/** What became of the settings: good values, a request for help, or every mistake at once. */
export type SettingsResult<T extends SettingTable> =
  | { readonly kind: 'ok'; readonly values: SettingValues<T> }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly string[] };

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const flagOf = (name: string, setting: Setting): string => setting.flag ?? `--${snake(name).replaceAll('_', '-')}`;

/** `dataDir` is `SLMM_DATA_DIR` in the environment. */
export const environmentName = (name: string): string => `SLMM_${snake(name).toUpperCase()}`;

/**
 * Reads settings from flags, environment and file, in this order of rank. Unknown names and bad values are collected, never half applied.
 * `otherEnvironment` lists further `SLMM_…` names that this program must tolerate, because programs of ours share one environment.
 */
export function readSettings<T extends SettingTable>(
  table: T,
  sources: SettingSources,
  otherEnvironment: readonly string[] = [],
): SettingsResult<T> {
  const mistakes: string[] = [];
  const found = new Map<string, { value: unknown; from: string }>();
  const byFlag = new Map(Object.entries(table).map(([name, setting]) => [flagOf(name, setting), name]));
  const byKey = new Map(Object.keys(table).map((name) => [snake(name), name]));

  const flags = readFlags(sources.flags, (flag) => flag === '--config' || byFlag.has(flag), mistakes);
  if (flags.has('--help')) return { kind: 'help' };
  const configPath = flags.get('--config') ?? sources.environment['SLMM_CONFIG'];
  flags.delete('--config');

  if (typeof configPath === 'string' && configPath !== '') {
    for (const [key, value] of readConfigFile(configPath, sources.readFile, mistakes)) {
      const name = byKey.get(key);
      if (name === undefined) mistakes.push(`${configPath}: there is no setting '${key}'`);
      else found.set(name, { value, from: `${key} in ${configPath}` });
    }
  }
  const known = new Set([...Object.keys(table).map(environmentName), ...otherEnvironment, 'SLMM_CONFIG']);
  for (const [key, value] of Object.entries(sources.environment)) {
    if (!key.startsWith('SLMM_') || value === undefined) continue;
    if (!known.has(key)) mistakes.push(`${key}: there is no such setting`);
  }
  for (const name of Object.keys(table)) {
    const value = sources.environment[environmentName(name)];
    if (value !== undefined && value !== '') found.set(name, { value, from: environmentName(name) });
  }
  for (const [flag, value] of flags) {
    const name = byFlag.get(flag);
    if (name === undefined) mistakes.push(`${flag}: there is no such flag`);
    else if (table[name]?.secret === true)
      mistakes.push(`${flag}: a secret is not taken from the command line; use ${environmentName(name)}`);
    else found.set(name, { value, from: flag });
  }

  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(table)) {
    const given = found.get(name);
    const result = setting.schema.safeParse(given?.value);
    if (result.success) values[name] = result.data;
    else {
      const reason = result.error.issues.map(({ path, message }) => [...path.map(String), message].join(': ')).join('; ');
      mistakes.push(given === undefined ? `${environmentName(name)}: needed (${reason})` : `${given.from}: ${reason}`);
    }
  }
  if (mistakes.length > 0) return { kind: 'mistakes', mistakes };
  return { kind: 'ok', values: Object.freeze(values) as SettingValues<T> };
}

/** The text of `--help`. */
export function describeSettings(program: string, purpose: string, table: SettingTable): string {
  const lines = Object.entries(table).map(([name, setting]) => {
    const flag = setting.secret === true ? '' : `${flagOf(name, setting)}, `;
    return `  ${flag}${environmentName(name)}\n      ${setting.help}`;
  });
  return [
    `${program}: ${purpose}`,
    '',
    `usage: ${program} [--config FILE.yaml] [--setting VALUE …]`,
    '',
    'Every setting is a flag, an environment variable and (in snake_case) a key of the YAML file; a flag outranks the environment, which outranks the file.',
    '',
    ...lines,
    '  --config, SLMM_CONFIG',
    '      YAML file with settings',
    '',
  ].join('\n');
}

function readFlags(words: readonly string[], isKnown: (flag: string) => boolean, mistakes: string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--help' || word === '-h') flags.set('--help', 'yes');
    else if (!word.startsWith('--')) mistakes.push(`'${word}': expected a flag that starts with --`);
    else if (word.includes('=')) flags.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
    else {
      const value = words[index + 1];
      if (value === undefined || value.startsWith('--'))
        mistakes.push(isKnown(word) ? `${word}: a value is missing` : `${word}: there is no such flag`);
      else {
        flags.set(word, value);
        index += 1;
      }
    }
  }
  return flags;
}

function readConfigFile(
  path: string,
  readFile: ((path: string) => string) | undefined,
  mistakes: string[],
): readonly [string, unknown][] {
  try {
    const content: unknown = parseYaml((readFile ?? ((file) => readFileSync(file, 'utf8')))(path));
    if (content === null || content === undefined) return [];
    if (typeof content === 'object' && !Array.isArray(content)) return Object.entries(content);
    mistakes.push(`${path}: expected a list of 'setting: value' lines`);
  } catch (error) {
    mistakes.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return [];
}
