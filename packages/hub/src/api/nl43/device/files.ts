import type { CardEntry, OperationResultOf } from '@slmm/protocol';
import { fromInstant } from '@slmm/shared';
import { z } from 'zod';
import { statusNoteSchema } from '../../../fleet/status-note.ts';
import { type Answer, ok, type Route, route } from '../../route.ts';
import type { ApiServices } from '../../services.ts';
import { cardEntrySchema } from '../answers.ts';
import { fault } from '../faults.ts';
import { type FieldRule, lengthAtMost, textField, valueError } from '../field.ts';
import { naiveInstant, naiveTime } from '../naive-time.ts';
import { detailResponse } from '../responses.ts';
import { unitPathSchema } from '../unit-fields.ts';
import { startTime } from '../unit-status.ts';
import { type Device, FILE_MS, LISTING_MS, withDevice } from './device-call.ts';
import { answerOfFault, type DeviceFault, type FaultStyle, MASKED_DETAIL } from './device-faults.ts';
import { deviceResponses } from './responses.ts';

/** Where a meter keeps its measurements. */
const MEASUREMENTS = '/NL-43';

/** A control character could end a line of the FTP dialogue, and `..` is no name of the card. */
const isCardPath: FieldRule<string> = (path) =>
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f]/.test(path) || path.split('/').includes('..') ? valueError('Not a path on the card') : null;
const cardPath = (documented: Readonly<Record<string, unknown>> = {}) =>
  textField({ maxLength: 512, ...documented }, lengthAtMost(512), isCardPath);
const downloadSchema = z.object({ remote_path: cardPath() });

const shown = ({ name, path, size, modified, modified_at, is_dir }: CardEntry) => ({
  name,
  path,
  size,
  modified,
  modified_timestamp: modified_at === null ? null : (naiveInstant(modified_at) ?? modified_at),
  is_dir,
});
type Shown = ReturnType<typeof shown>;

async function list(
  device: Device,
  path: string,
  style: FaultStyle,
): Promise<{ readonly entries: readonly Shown[] } | DeviceFault> {
  const done = await device.ask('files-list', { path }, style, LISTING_MS);
  return done.ok ? { entries: done.result.entries.map(shown) } : done.fault;
}

/** Where a meter keeps its measurements: the folder that changed last of those wanted, a preferred one before the others. */
export async function newestFolder(
  device: Device,
  isWanted: (folder: Shown) => boolean = () => true,
  isPreferred: (folder: Shown) => boolean = () => false,
): Promise<{ readonly folder: Shown | null } | DeviceFault> {
  const listed = await list(device, MEASUREMENTS, 'plain');
  if (!('entries' in listed)) return listed;
  const time = ({ modified_timestamp: at, name }: Shown): string => `${at ?? ''} ${name}`;
  const folders = listed.entries.filter((entry) => entry.is_dir && isWanted(entry));
  const newestFirst = folders.toSorted((a, b) => (time(a) < time(b) ? 1 : -1));
  return { folder: newestFirst.find(isPreferred) ?? newestFirst[0] ?? null };
}

/** A card that cannot be reached, in SLMM's sentence; a refused connection in the words of Python's ftplib. */
export const ftpFailure = ({ detail }: DeviceFault, sentence = 'FTP connection failed'): string =>
  `${sentence}: ${detail.replace(/^Failed to connect to device: \[Errno 111\].*$/, '[Errno 111] Connection refused')}`;

function download(kind: 'file' | 'folder'): Route {
  const isFolder = kind === 'folder';
  return route({
    method: 'post',
    path: `/api/nl43/{unit_id}/ftp/${isFolder ? 'download-folder' : 'download'}`,
    surface: 'nl43',
    policy: 'operate',
    summary: isFolder ? 'A folder of the card as ZIP' : 'A file of the card',
    params: unitPathSchema,
    body: downloadSchema,
    responses: {
      ...deviceResponses({}),
      200: { description: 'The bytes', contentType: isFolder ? 'application/zip' : 'application/octet-stream' },
      400: detailResponse('The path names no file or folder'),
    },
    handle: (call) =>
      withDevice(
        call,
        async (device) => {
          const path = isFolder ? call.body.remote_path.replace(/\/+$/, '') : call.body.remote_path;
          const name = path.slice(path.lastIndexOf('/') + 1);
          if (name === '') return fault(400, 'Invalid remote path');
          const done = await device.ask(isFolder ? 'folder-get' : 'file-get', { path }, 'masked', FILE_MS);
          if (!done.ok) return answerOfFault(cardFault(done.fault));
          return bytesOf(call.services, done.result, isFolder ? `${name}.zip` : name, isFolder);
        },
        'nothing',
      ),
  });
}

/** SLMM told every failure of the card alike. */
function cardFault(failure: DeviceFault): DeviceFault {
  return failure.status === 502 ? { ...failure, detail: MASKED_DETAIL } : failure;
}

async function bytesOf(
  { cardFiles }: ApiServices,
  { transfer, size }: OperationResultOf<'file-get'>,
  name: string,
  isFolder: boolean,
): Promise<Answer> {
  const bytes = cardFiles === null ? null : await cardFiles.take(transfer);
  if (bytes === null) return fault(502, 'The file did not come whole from the edge; try again');
  const safe = name.replaceAll(/["\\]|[^\x20-\x7e]/g, '_');
  return {
    status: 200,
    bytes,
    contentType: isFolder ? 'application/zip' : 'application/octet-stream',
    headers: { 'content-disposition': `attachment; filename="${safe}"`, 'content-length': String(size) },
  };
}

/** The meter's card. */
export const fileRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/nl43/{unit_id}/ftp/files',
    surface: 'nl43',
    policy: 'read',
    summary: 'A folder of the card',
    params: unitPathSchema,
    query: z.object({ path: cardPath().prefault('/') }),
    responses: deviceResponses({
      path: z.string(),
      files: z.array(cardEntrySchema),
      count: z.int(),
    }),
    handle: (call) =>
      withDevice(
        call,
        async (device) => {
          const { path } = call.query;
          const listed = await list(device, path, 'masked');
          if (!('entries' in listed)) return answerOfFault(cardFault(listed));
          return ok({ status: 'ok', path, files: listed.entries, count: listed.entries.length });
        },
        'nothing',
      ),
  }),
  download('file'),
  download('folder'),
  route({
    method: 'get',
    path: '/api/nl43/{unit_id}/ftp/latest-measurement-time',
    surface: 'nl43',
    policy: 'read',
    summary: 'The newest folder of automatic storing',
    params: unitPathSchema,
    responses: deviceResponses({ latest_folder: z.string().nullable(), latest_timestamp: z.string().nullable() }),
    handle: (call) =>
      withDevice(
        call,
        async (device) => {
          const newest = await newestFolder(
            device,
            ({ name, modified_timestamp: at }) => name.startsWith('Auto_') && at !== null,
          );
          if (!('folder' in newest)) {
            // SLMM put the sentence before it twice.
            const detail = `FTP connection failed: ${ftpFailure(newest)}`;
            return answerOfFault(newest.kind === 'away' ? newest : { ...newest, status: 502, detail });
          }
          const latest = newest.folder;
          return ok({ status: 'ok', latest_folder: latest?.name ?? null, latest_timestamp: latest?.modified_timestamp ?? null });
        },
        'ftp',
      ),
  }),
  route({
    method: 'post',
    path: '/api/nl43/{unit_id}/sync-start-time',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Takes the time of the newest folder of the card for the start of the measurement',
    params: unitPathSchema,
    responses: {
      ...deviceResponses({}),
      200: {
        description: 'What became of it',
        schema: z.object({
          status: z.enum(['ok', 'error']),
          message: z.string(),
          folder: z.string().optional(),
          start_time: z.string().optional(),
          old_start_time: z.string().nullable().optional(),
        }),
      },
    },
    handle: (call) => withDevice(call, (device) => syncStart(call.services, device), 'nothing'),
  }),
];

async function syncStart(services: ApiServices, device: Device): Promise<Answer> {
  const newest = await newestFolder(device);
  if (!('folder' in newest)) {
    // This route said 500 to everything.
    const detail = `Failed to sync start time: ${ftpFailure(newest)}`;
    return answerOfFault(newest.kind === 'away' ? newest : { ...newest, status: 500, detail });
  }
  const latest = newest.folder;
  if (latest === null) return ok({ status: 'error', message: 'No measurement folders found on FTP' });
  const startMs = latest.modified_timestamp === null ? null : fromInstant(utc(latest.modified_timestamp));
  if (startMs === null) return ok({ status: 'error', message: 'Could not parse timestamp from FTP folder' });
  const { unit } = device.view.config;
  const note = await services.statusNotes.note(unit);
  const old = startTime(services.fleet.unit(unit) ?? device.view, note);
  // A note of its own says nothing but the start.
  await services.statusNotes.putNote(unit, statusNoteSchema.parse({ atMs: 0, ...note, startMs }));
  return ok({
    status: 'ok',
    message: 'Start time synced from FTP',
    folder: latest.name,
    start_time: naiveTime(startMs),
    old_start_time: old,
  });
}

/** A naive time of the surface as an instant of the bus. */
const utc = (naive: string): string => `${naive.slice(0, 23).padEnd(19, '0')}${naive.length > 19 ? '' : '.000'}Z`;
