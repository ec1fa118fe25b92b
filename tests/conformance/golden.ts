/** Recorded cases of SLMM 0.4.0, as they lie in a folder: one JSON file each, in the order of their names. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Golden {
  /** File name without its ending: number and name. */
  readonly id: string;
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly preconditions?: string;
  readonly status: number;
  readonly content_type?: string;
  readonly response: unknown;
  /** JSON paths below the answer whose values differ from run to run. */
  readonly volatile?: readonly string[];
  readonly note?: string;
}

export function readGoldens(folder: string): readonly Golden[] {
  return readdirSync(folder)
    .filter((file) => /^\d{3}_.*\.json$/.test(file))
    .sort()
    .map((file) => ({
      ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Golden, 'id'>),
      id: file.slice(0, -'.json'.length),
    }));
}

/** The number in front of the name. */
export const numberOf = ({ id }: Golden): number => Number(id.slice(0, 3));

/** The case with other numbers for the ports it was recorded with, in what is asked and in what is expected. */
export function withPorts(golden: Golden, ports: Readonly<Record<number, number>>): Golden {
  const change = <T>(value: T): T => {
    if (value === undefined || value === null) return value;
    const text = JSON.stringify(value).replaceAll(/\b2[0-9]{4}\b/g, (port) => String(ports[Number(port)] ?? port));
    return JSON.parse(text) as T;
  };
  return { ...golden, body: change(golden.body), response: change(golden.response) };
}
