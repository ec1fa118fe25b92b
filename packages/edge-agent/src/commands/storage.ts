/** Where the meter stores: mode, name on the card, and whether that name is taken. */
import { z } from 'zod';
import { argumentOf, ask, mapped, operation, type Operation, reading, send } from './operation.ts';

export const STORAGE_OPERATIONS: readonly Operation[] = [
  reading('store-mode-get', 'Store Mode', (mode) => ({ mode })),
  operation('store-mode-set', { mode: argumentOf('Store Mode') }, ({ mode }, context) => send('Store Mode', mode, context)),
  reading('store-name-get', 'Store Name', (name) => ({ name })),
  operation('store-name-set', { name: z.union([argumentOf('Store Name'), z.int().min(0).max(9999)]) }, ({ name }, context) =>
    send('Store Name', String(name).padStart(4, '0'), context),
  ),
  reading('overwrite-get', 'Overwrite', (value) => ({ overwrite: value, exists: value === 'Exist' })),
  reading('sd-card-get', 'SD Card Free Size', (free) => ({ free })),
  operation('measurement-time-get', { mode: z.enum(['Manual', 'Auto']).default('Manual') }, async ({ mode }, context) =>
    mapped(await ask(`Measurement Time Preset ${mode}`, context), (preset) => ({ mode, preset })),
  ),
  operation(
    'measurement-time-set',
    { preset: argumentOf('Measurement Time Preset Manual'), mode: z.enum(['Manual', 'Auto']).default('Manual') },
    ({ preset, mode }, context) => send(`Measurement Time Preset ${mode}`, preset, context),
  ),
  reading('leq-interval-get', 'Leq Calculation Interval Preset', (preset) => ({ preset })),
  operation('leq-interval-set', { preset: argumentOf('Leq Calculation Interval Preset') }, ({ preset }, context) =>
    send('Leq Calculation Interval Preset', preset, context),
  ),
  reading('lp-interval-get', 'Lp Store Interval', (preset) => ({ preset })),
  operation('lp-interval-set', { preset: argumentOf('Lp Store Interval') }, ({ preset }, context) =>
    send('Lp Store Interval', preset, context),
  ),
];
