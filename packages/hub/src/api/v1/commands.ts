import { cardEntrySchema, commandErrorSchema, idSchema, isOperation, OPERATIONS } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import type { CommandRecord } from '../../fleet/command-records.ts';
import { type Answer, ok, type Route, route } from '../route.ts';
import { pageLimit, unitPath } from './parameters.ts';
import { problem } from './problem.ts';
import { NOT_FOUND } from './responses.ts';

/** A single command is given up after this; one that may have to let a meter rest for a minute first, and one of many steps, later. */
const SHORT_MS = 60_000;
const LISTING_MS = 150_000;
const LONG_MS = 4 * 3_600_000;
const LONG: ReadonlySet<string> = new Set(['cycle-start', 'cycle-stop', 'file-get', 'folder-get']);
/** How long a caller may wait for the end; a command goes on after that. */
const USUAL_WAIT_S = 20;
const MOST_WAIT_S = 120;
/** Of a whole edge, or between hub and edge. */
const NOT_OF_A_UNIT: ReadonlySet<string> = new Set(['standby', 'resume', 'file-again']);

const commandPath = z.object({ unit: idSchema, command: z.string().regex(/^[A-Za-z0-9-]{8,64}$/) });
const orderSchema = z.strictObject({
  op: z.string().refine((op) => isOperation(op) && !NOT_OF_A_UNIT.has(op), { error: 'there is no such operation of a unit' }),
  args: z.record(z.string(), z.unknown()).default({}),
  wait_s: z.number().min(0).max(MOST_WAIT_S).default(USUAL_WAIT_S),
});

const commandSchema = z.object({
  id: z.string(),
  unit: z.string(),
  op: z.string(),
  by: z.string(),
  at: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  progress: z.object({ step: z.string(), done: z.number(), of: z.number(), at: z.string() }).nullable(),
  result: z.unknown(),
  error: commandErrorSchema.nullable(),
  ended_at: z.string().nullable(),
});

/** `/api/v1/units/{unit}/commands`: every operation that an edge knows, with progress; and the files that they brought. */
export const commandRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/v1/units/{unit}/commands',
    surface: 'v1',
    policy: 'operate',
    summary: 'Gives the meter (or its edge) a command, and waits a while for its end; PROTOCOL.md lists the operations',
    params: unitPath,
    body: orderSchema,
    responses: {
      200: { description: 'It has ended, well or not', schema: commandSchema },
      202: { description: 'It is under way', schema: commandSchema },
      404: NOT_FOUND,
    },
    handle: async ({ services, params: { unit }, body: { op, args, wait_s: waitS }, by }) => {
      const { clock, fleet } = services;
      if (fleet.unit(unit) === null) return problem(404, `There is no unit ${unit}. Add it with POST /api/nl43/roster.`);
      const misfit = isOperation(op) ? argumentMistake(op, args) : 'there is no such operation';
      if (misfit !== null) return problem(422, `${op}: ${misfit}`);
      const { id, done } = fleet.order(unit, op, args, by?.name ?? 'somebody', validMs(op));
      let cancel = (): void => undefined;
      const waited = new Promise<void>((resolve) => {
        cancel = clock.after(waitS * 1000, resolve);
      });
      await Promise.race([done, waited]);
      cancel();
      const record = fleet.commands(unit).find((one) => one.id === id);
      if (record === undefined) return problem(404, 'The command is not known any more.');
      return { status: record.reply === null ? 202 : 200, body: shown(record) };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/commands',
    surface: 'v1',
    policy: 'read',
    summary: 'Recent commands, newest first, with how far they have come',
    params: unitPath,
    query: z.object({ limit: pageLimit(20, 200) }),
    responses: {
      200: { description: 'The commands', schema: z.object({ count: z.int(), commands: z.array(commandSchema) }) },
      404: NOT_FOUND,
    },
    handle: ({ services: { fleet }, params: { unit }, query: { limit } }) => {
      if (fleet.unit(unit) === null) return problem(404, `There is no unit ${unit}.`);
      const commands = fleet.commands(unit).slice(0, limit).map(shown);
      return ok({ count: commands.length, commands });
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/commands/{command}',
    surface: 'v1',
    policy: 'read',
    summary: 'One command: how far it has come, or how it ended',
    params: commandPath,
    responses: {
      200: { description: 'The command', schema: commandSchema },
      404: NOT_FOUND,
    },
    handle: ({ services: { fleet }, params: { unit, command } }) => {
      const record = fleet.commands(unit).find(({ id }) => id === command);
      return record === undefined ? problem(404, 'There is no such command, or it was too long ago.') : ok(shown(record));
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/commands/{command}/file',
    surface: 'v1',
    policy: 'operate',
    summary: 'The bytes of the file that a command brought, once',
    params: commandPath,
    responses: {
      200: { description: 'The bytes', contentType: 'application/octet-stream' },
      404: NOT_FOUND,
    },
    handle: async ({ services: { cardFiles, fleet }, params: { unit, command } }) => {
      const record = fleet.commands(unit).find(({ id }) => id === command);
      const file = record === undefined ? null : fileOf(record);
      if (file === null) return problem(404, 'That command is not known, or it brought no file.');
      const bytes = (await cardFiles?.take(file.transfer)) ?? null;
      if (bytes === null) return problem(404, 'The file is not here any more, or it did not come whole; fetch it again.');
      return fileAnswer(file, bytes);
    },
  }),
];

function validMs(op: string): number {
  if (op === 'files-list') return LISTING_MS;
  return LONG.has(op) ? LONG_MS : SHORT_MS;
}

function argumentMistake(op: keyof typeof OPERATIONS, args: Readonly<Record<string, unknown>>): string | null {
  const checked = OPERATIONS[op].args.safeParse(args);
  if (checked.success) return null;
  const issue = checked.error.issues[0];
  return issue === undefined ? 'bad arguments' : [...issue.path.map(String), issue.message].join(': ');
}

function shown({ id, unit, op, by, atMs, progress, reply, endedMs }: CommandRecord): z.input<typeof commandSchema> {
  return {
    id,
    unit,
    op,
    by,
    at: toInstant(atMs),
    state: reply === null ? 'running' : reply.ok ? 'done' : 'failed',
    progress:
      progress === null ? null : { step: progress.step, done: progress.done, of: progress.of, at: toInstant(progress.atMs) },
    result: reply?.ok === true ? reply.result : null,
    error: reply?.ok === false ? reply.error : null,
    ended_at: endedMs === null ? null : toInstant(endedMs),
  };
}

const fileSchema = z.object({ transfer: z.string(), name: cardEntrySchema.shape.name, size: z.number() });
type BroughtFile = z.output<typeof fileSchema>;

/** The file of a `file-get`, `folder-get` or `cycle-stop`. */
function fileOf({ reply }: CommandRecord): BroughtFile | null {
  if (reply?.ok !== true) return null;
  const direct = fileSchema.safeParse(reply.result);
  if (direct.success) return direct.data;
  const within = z.object({ file: fileSchema }).safeParse(reply.result);
  return within.success ? within.data.file : null;
}

function fileAnswer({ name, size }: BroughtFile, bytes: AsyncIterable<Uint8Array>): Answer {
  const safe = name.replaceAll(/["\\]|[^\x20-\x7e]/g, '_');
  return {
    status: 200,
    bytes,
    contentType: 'application/octet-stream',
    headers: { 'content-disposition': `attachment; filename="${safe}"`, 'content-length': String(size) },
  };
}
