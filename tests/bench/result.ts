/** What a benchmark found, as a table for people and a file for machines. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

/** One measurement beside its bare baseline of the same run. */
export interface Result {
  readonly title: string;
  readonly unit: string;
  /** Medians. */
  readonly value: number;
  /** `null` where there is nothing to compare with. */
  readonly baseline: number | null;
  /** What is wanted of `value`; `null` for nothing. */
  readonly goal: { readonly kind: 'at-least' | 'at-most'; readonly value: number } | null;
  /** All runs, by side. */
  readonly runs: Readonly<Record<string, readonly number[]>>;
  /** What a reader has to know to judge it. */
  readonly note?: string;
}

export const atLeast = (value: number): Result['goal'] => ({ kind: 'at-least', value });
export const atMost = (value: number): Result['goal'] => ({ kind: 'at-most', value });

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ title, unit, value, baseline, goal }) => [
    title,
    `${round(value)} ${unit}`,
    ...(baseline === null ? ['', ''] : [`${round(baseline)} ${unit}`, (value / baseline).toFixed(2)]),
    ...(goal === null
      ? ['', '']
      : [`${goal.kind === 'at-least' ? '>=' : '<='} ${round(goal.value)} ${unit}`, distance(value, goal)]),
  ]);
  const all = [['', 'SLMM', 'bare baseline', 'ratio', 'goal', ''], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const notes = results.flatMap(({ title, note }) => (note === undefined ? [] : [`${title}: ${note}`]));
  return [...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

function distance(value: number, goal: NonNullable<Result['goal']>): string {
  const isMet = goal.kind === 'at-least' ? value >= goal.value : value <= goal.value;
  const times = goal.kind === 'at-least' ? value / goal.value : goal.value / value;
  return isMet ? `met, ${times.toFixed(1)} times` : `NOT met, ${(times * 100).toFixed(0)} % of the way`;
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
    load: loadavg(),
  };
  const told = results.map((result) => ({ ...result, ratio: result.baseline === null ? null : result.value / result.baseline }));
  writeFileSync(path, `${JSON.stringify({ name, at: new Date().toISOString(), machine, results: told }, null, 2)}\n`);
  return path;
}

const round = (value: number): string =>
  Math.abs(value) < 10 ? String(Math.round(value * 10) / 10) : Math.round(value).toLocaleString('en');
