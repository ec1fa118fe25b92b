/** Faults that change what a command comes to, before or after the meter has carried it out. */
import type { Code, Outcome } from '../meter/execute.ts';
import type { FaultSet } from './fault-set.ts';

/** The result code that a fault dictates (F8, F11), or `null`; the meter then does nothing. */
export function forcedCode(line: string, faults: FaultSet): Code | null {
  const codes = faults.get('F8')?.codes ?? {};
  const name = line.replace(/[?,].*$/, '').toLowerCase();
  const forced = Object.entries(codes).find(([command]) => command.toLowerCase() === name)?.[1];
  if (forced !== undefined) return forced;
  return name === 'clock' && line.includes(',') && faults.get('F11')?.refuseSet === true ? '0004' : null;
}

/** `Overwrite?` says `Exist` for the names that F18 calls used. */
export function withUsedNames(line: string, outcome: Outcome, faults: FaultSet, storeName: string): Outcome {
  const used = faults.get('F18');
  if (used === null || line.toLowerCase() !== 'overwrite?' || outcome.line === undefined) return outcome;
  const exists = used.existing === 'all' || used.existing.includes(storeName);
  return exists ? { ...outcome, line: 'Exist' } : outcome;
}
