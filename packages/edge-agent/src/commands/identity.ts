/** What the meter is, and what keeps it alive. */
import { operation, type Operation, ask, reading } from './operation.ts';

export const IDENTITY_OPERATIONS: readonly Operation[] = [
  reading('type-get', 'Type', (type) => ({ type })),
  reading('serial-get', 'Serial Number', (serial) => ({ serial })),
  reading('firmware-get', 'System Version', (firmware) => ({ firmware })),
  operation('identity-get', {}, async (_args, context) => {
    const type = await ask('Type', context);
    if (!type.ok) return type;
    const serial = await ask('Serial Number', context);
    if (!serial.ok) return serial;
    const firmware = await ask('System Version', context);
    if (!firmware.ok) return firmware;
    return { ok: true, result: { type: type.result, serial: serial.result, firmware: firmware.result } };
  }),
  reading('battery-get', 'Battery Level', (battery) => ({ battery })),
];
