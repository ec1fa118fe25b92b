/** What a benchmark found, as a table for people and a file for machines. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** One measurement beside its bare baseline of the same run. */
export interface Result {
  readonly title: string;
  readonly unit: string;
  /** Medians. */
  readonly value: number;
  readonly baseline: number;
  readonly ratio: number;
  /** The least that is wanted of `value`; `null` for none. */
  readonly goal: number | null;
  /** All runs, by side. */
  readonly runs: Readonly<Record<string, readonly number[]>>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ title, unit, value, baseline, ratio, goal }) => [
    title,
    `${round(value)} ${unit}`,
    `${round(baseline)} ${unit}`,
    ratio.toFixed(2),
    ...(goal === null
      ? ['', '']
      : [`${round(goal)} ${unit}`, value >= goal ? 'met' : `${((value / goal) * 100).toFixed(0)} % of it`]),
  ]);
  const all = [['', 'SLMM', 'bare baseline', 'ratio', 'goal', ''], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

/** Writes `bench-results/{name}.json` under the directory it is run from, and tells where. */
export function writeResults(name: string, results: readonly Result[]): string {
  const directory = join(process.cwd(), 'bench-results');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${name}.json`);
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model ?? '',
    memoryGb: Math.round(totalmem() / 1e9),
    node: process.version,
  };
  writeFileSync(path, `${JSON.stringify({ name, at: new Date().toISOString(), machine, results }, null, 2)}\n`);
  return path;
}

const round = (value: number): string => Math.round(value).toLocaleString('en');
