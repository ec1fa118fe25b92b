import { type Answer, getJson, sendJson } from '../api/hub-api.ts';

/** One command of a unit, as `/api/v1/units/{unit}/commands` tells it. */
export interface CommandView {
  readonly id: string;
  readonly op: string;
  readonly by: string;
  readonly at: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly progress: { readonly step: string; readonly done: number; readonly of: number } | null;
  readonly result: unknown;
  readonly error: { readonly message: string } | null;
  readonly ended_at: string | null;
}

const path = (unit: string): string => `/api/v1/units/${encodeURIComponent(unit)}/commands`;

export const readCommands = (unit: string): Promise<Answer<{ readonly commands: readonly CommandView[] }>> =>
  getJson(`${path(unit)}?limit=8`);

/** Gives a command without waiting for its end. */
export const giveCommand = (unit: string, op: string, args: Readonly<Record<string, unknown>>): Promise<Answer<CommandView>> =>
  sendJson('POST', path(unit), { op, args, wait_s: 0 });

/** Where the file that a command brought can be fetched, once. */
export const fileAddress = (unit: string, command: string): string => `${path(unit)}/${encodeURIComponent(command)}/file`;
