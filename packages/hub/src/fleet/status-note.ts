/** What was said of a unit's status by hand, through SLMM's `POST /status`, an import or a synced start time; counts until the meter says otherwise. */
import { z } from 'zod';

const text = z.string().max(10_000).nullable().default(null);

export const statusNoteSchema = z.object({
  /** When it was said. */
  atMs: z.number(),
  measurement_state: text,
  lp: text,
  leq: text,
  lmax: text,
  lmin: text,
  lpeak: text,
  ln1: text,
  ln2: text,
  battery_level: text,
  power_source: text,
  sd_remaining_mb: text,
  sd_free_ratio: text,
  raw_payload: text,
  /** Start of the measurement where somebody told it. */
  startMs: z.number().nullable().default(null),
});
export type StatusNote = z.output<typeof statusNoteSchema>;

/** Where notes live. Port. */
export interface StatusNoteStore {
  note(unit: string): Promise<StatusNote | null>;
  putNote(unit: string, note: StatusNote): Promise<void>;
  /** Nothing happens when there is none. */
  deleteNote(unit: string): Promise<void>;
  /** How many units have one. */
  count(): Promise<number>;
}
