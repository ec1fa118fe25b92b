import { z } from 'zod';

/** UTC, ISO 8601, milliseconds, `Z` (contract section 3). Bounded to the years 1970..2199 so that a wild clock cannot make a date nobody can store. */
const INSTANT_PATTERN = /^(19[7-9]\d|20\d\d|21\d\d)-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

export const instantSchema = z
  .string()
  .regex(INSTANT_PATTERN, { error: 'expected a UTC instant like 2026-11-23T06:41:05.120Z' })
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: 'there is no such date' });

/** The last instant that `instantSchema` can say, in milliseconds since 1970. */
export const LAST_INSTANT_MS = Date.UTC(2199, 11, 31, 23, 59, 59, 999);

/** A level in dB as the meter can say it, or `null` where it says dashes. */
export const levelSchema = z.number().min(-50).max(250).nullable();

/** Most frames that one journal can have of a unit: thirty years of one a second. A higher number is a fault, and the hole before it would count as frames to come for ever. */
export const MAX_SEQ = 1_000_000_000;

/** Number of a frame within unit and epoch: from 1, no holes. */
export const seqSchema = z.int().min(1).max(MAX_SEQ);

const EPOCH_PATTERN = /^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/;

/** Whether `text` may name the life of a journal. */
export const isEpoch = (text: string): boolean => EPOCH_PATTERN.test(text);

/** Identity of one journal's life. Our agent's are ULIDs (26 characters of Crockford's base 32); readers take any text that can be an id. */
export const epochSchema = z.string().refine(isEpoch, {
  error: 'an epoch has 1 to 64 characters of A-Z a-z 0-9 . _ - and starts with a letter or digit',
});

/** Run state of a measurement as the meter says it; anything not understood is `unknown`, never a guess. */
export const runStateSchema = z.enum(['Start', 'Stop', 'unknown']);
export type RunState = z.infer<typeof runStateSchema>;
