/** The meter's card: listing, one file, a folder as ZIP. */
import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import type { ListedEntry } from '../card/list-line.ts';
import { patient, withFtp, withTransfer } from './card-place.ts';
import { failure, mapped, operation, type Operation } from './operation.ts';

/**
 * A path on the card. A control character could end the line of the FTP dialogue, so could one beyond a byte (its lower byte is what would be sent),
 * and `..` is no name.
 */
export const cardPathSchema = z
  .string()
  .max(512)
  .refine((path) => /^[\x20-\x7e\x80-\xff]*$/.test(path) && !path.split('/').includes('..'), {
    error: 'not a path on the card; names are as the listing spells them',
  })
  .transform(
    (path) =>
      `/${path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/')}`,
  );

const MAX_ENTRIES = 10_000;

const entryOf =
  (folder: string, offsetS: number | null) =>
  ({ name, isFolder, sizeBytes, modifiedText, modifiedNaiveMs }: ListedEntry) => ({
    name,
    path: `${folder === '/' ? '' : folder}/${name}`,
    size: sizeBytes,
    modified: modifiedText,
    modified_at: modifiedNaiveMs === null ? null : toInstant(modifiedNaiveMs - (offsetS ?? 0) * 1000),
    is_dir: isFolder,
  });

export const FILE_OPERATIONS: readonly Operation[] = [
  operation('files-list', { path: cardPathSchema }, async ({ path }, context) =>
    mapped(await withFtp(patient(context), async (place) => (await context.transfers?.list(place, path)) ?? []), (entries) => ({
      entries: entries.slice(0, MAX_ENTRIES).map(entryOf(path, context.desk.clockOffsetS)),
    })),
  ),
  operation('file-get', { path: cardPathSchema }, ({ path }, context) => fetched(context, 'file', path)),
  operation('folder-get', { path: cardPathSchema }, ({ path }, context) => fetched(context, 'folder', path)),
  /** The hub lacks something of a transfer. */
  operation(
    'file-again',
    { transfer: z.string().regex(/^[A-Za-z0-9-]{8,64}$/), offset: z.int().min(0) },
    async (args, context) => {
      const sent = await context.transfers?.again(args.transfer, args.offset, context.signal);
      if (sent === undefined || sent === null) return failure('failed', 'That file is no longer on the edge; fetch it again.');
      return { ok: true, result: { transfer: args.transfer, name: args.transfer, ...sent } };
    },
  ),
];

function fetched(context: Parameters<Operation['run']>[1], kind: 'file' | 'folder', path: string): ReturnType<Operation['run']> {
  const { transfers, progress, signal } = context;
  return withTransfer(patient(context), async (place) => transfers?.[kind](place, path, progress, signal));
}
