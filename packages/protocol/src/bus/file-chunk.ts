import { z } from 'zod';

/** Header of a chunk on `/{edge}/hub/file/{transfer}`: JSON, one line feed, then exactly `size` bytes of the file from `offset`. */
export const fileChunkHeaderSchema = z.object({
  transfer: z.string().max(64),
  path: z.string().max(512),
  offset: z.int().min(0),
  size: z.int().min(0).max(1_048_576),
  total: z.int().min(0),
  /** SHA-256 of this chunk, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** SHA-256 of the whole file; only in the last chunk. */
  file_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});
export type FileChunkHeader = z.infer<typeof fileChunkHeaderSchema>;
