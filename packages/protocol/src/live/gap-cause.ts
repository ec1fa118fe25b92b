import { z } from 'zod';

/**
 * Why frames of a unit are not there, as the gap ledger tells it.
 *
 * - `pending`: made, or perhaps made, and still to come from the edge.
 * - `link-…`: never made, because the edge could not reach the meter; the rest of the word is the unit's link.
 * - `standby`, `disabled`, `stopped`: never made, because nobody wanted them or the meter did not measure.
 * - `no-frames`: never made, because the agent did not run.
 * - `clock`: nothing is missing, the edge's clock was set.
 * - `journal-full`, `journal-age`, `corrupt`, `disk`, `trimmed`: made and lost on the edge.
 * - `poison`: arrived, but could not be read.
 */
export const gapCauseSchema = z.enum([
  'pending',
  'link-refused',
  'link-timeout',
  'link-garbled',
  'link-asleep',
  'link-wedged',
  'standby',
  'disabled',
  'stopped',
  'no-frames',
  'clock',
  'journal-full',
  'journal-age',
  'corrupt',
  'disk',
  'trimmed',
  'poison',
]);
export type GapCause = z.infer<typeof gapCauseSchema>;
