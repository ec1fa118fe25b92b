/** What else may use the meter: FTP, and its sleep. */
import { mapped, operation, type Operation, reading, send } from './operation.ts';

function onOff(op: string, command: string): readonly Operation[] {
  const turn = (word: 'On' | 'Off'): Operation =>
    operation(`${op}-${word.toLowerCase()}`, {}, async (_args, context) =>
      mapped(await send(command, word, context), () => ({ on: word === 'On' })),
    );
  return [turn('On'), turn('Off'), reading(`${op}-status`, command, (value) => ({ on: value === 'On' }))];
}

export const CONNECTION_OPERATIONS: readonly Operation[] = [...onOff('ftp', 'FTP'), ...onOff('sleep', 'Sleep Mode')];
