import type { CommandView } from './command-api.ts';

/** What operations are called where people read; others are shown by their own name. */
const NAMES: Readonly<Record<string, string>> = {
  'measure-start': 'Start',
  'measure-stop': 'Stop',
  'measure-pause': 'Pause',
  'measure-resume': 'Resume',
  'cycle-start': 'Set clock and start',
  'cycle-stop': 'Stop and fetch files',
  'clock-set': 'Set the clock',
  'folder-get': 'Fetch a folder',
  'file-get': 'Fetch a file',
  'power-cycle': 'Power-cycle the meter',
  abort: 'Abort',
  activate: 'Take the meter back',
  deactivate: 'Leave the meter alone',
  diagnose: 'Diagnose',
  yield: 'Lend the slot',
};

export const commandName = (op: string): string => NAMES[op] ?? op;

/** How a command stands, in one sentence. */
export function commandSentence({ state, progress, result, error }: CommandView): string {
  if (state === 'failed') return error?.message ?? 'It failed.';
  if (state === 'running')
    return progress === null ? 'under way' : `${progress.step}${progress.of > 1 ? ` (${progress.done} of ${progress.of})` : ''}`;
  return sentenceOf(result) ?? 'done';
}

/** The one thing in a result that a person wants to read. */
function sentenceOf(result: unknown): string | null {
  if (typeof result !== 'object' || result === null) return null;
  if ('advice' in result && typeof result.advice === 'string') return result.advice;
  if ('detail' in result && typeof result.detail === 'string') return result.detail;
  if ('new_index' in result) return `measuring into store ${String(result.new_index).padStart(4, '0')}`;
  if ('confirmed' in result && 'run' in result)
    return result.confirmed === true ? `confirmed: ${String(result.run)}` : `not confirmed by the meter: ${String(result.run)}`;
  if ('until' in result && typeof result.until === 'string') return `until ${result.until.slice(11, 16)} UTC`;
  return null;
}

/** Whether the command brought a file that can be saved. */
export function broughtFile({ state, result }: CommandView): boolean {
  if (state !== 'done' || typeof result !== 'object' || result === null) return false;
  return 'transfer' in result || ('file' in result && result.file !== null);
}
