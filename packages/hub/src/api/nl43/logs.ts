import { z } from 'zod';
import { ok, type Route, route } from '../route.ts';
import { logStatsSchema } from './answers.ts';
import { integerField, textField } from './field.ts';
import { naiveTime } from './naive-time.ts';
import { okResponse } from './responses.ts';
import { unitPathSchema } from './unit-fields.ts';

const MAX_LINES = 1_000;
const path = '/api/nl43/{unit_id}/logs';
/** Unlike the rest of its surface, SLMM's log had the zone. */
const zoned = (atMs: number | null): string | null => (atMs === null ? null : `${naiveTime(atMs)}Z`);

/** The family of `/api/nl43/{unit_id}/logs`. */
export const logRoutes: readonly Route[] = [
  route({
    method: 'get',
    path,
    surface: 'nl43',
    policy: 'read',
    summary: 'What has happened to a unit, newest first',
    params: unitPathSchema,
    query: z.object({
      limit: integerField().prefault(100),
      offset: integerField().prefault(0),
      level: textField().optional(),
      category: textField().optional(),
    }),
    responses: {
      200: okResponse('The log', {
        unit_id: z.string(),
        logs: z.array(
          z.object({ id: z.int(), timestamp: z.string(), level: z.string(), category: z.string(), message: z.string() }),
        ),
        count: z.int(),
        stats: logStatsSchema,
        filters: z.object({ level: z.string().nullable(), category: z.string().nullable() }),
        pagination: z.object({ limit: z.int(), offset: z.int() }),
      }),
    },
    handle: async ({ services: { unitLog }, params: { unit_id: unit }, query }) => {
      const { level = null, category = null } = query;
      const limit = Math.min(query.limit, MAX_LINES);
      const { offset } = query;
      const lines = await unitLog.lines(unit, {
        // Less than nothing was no limit, and no offset, to SLMM's database.
        limit: limit < 0 ? MAX_LINES : limit,
        offset: Math.min(Math.max(0, offset), Number.MAX_SAFE_INTEGER),
        level: level === null || level === '' ? null : level.toUpperCase(),
        category: category === null || category === '' ? null : category.toUpperCase(),
      });
      const { total, byLevel, byCategory, oldestMs, newestMs } = await unitLog.stats(unit);
      return ok({
        status: 'ok',
        unit_id: unit,
        logs: lines.map((line) => ({
          id: line.id,
          timestamp: zoned(line.atMs),
          level: line.level,
          category: line.category,
          message: line.message,
        })),
        count: lines.length,
        stats: { total, by_level: byLevel, by_category: byCategory, oldest: zoned(oldestMs), newest: zoned(newestMs) },
        filters: { level, category },
        pagination: { limit, offset },
      });
    },
  }),
  route({
    method: 'delete',
    path,
    surface: 'nl43',
    policy: 'operate',
    summary: 'Empties the log of a unit',
    params: unitPathSchema,
    responses: { 200: okResponse('It is empty', { message: z.string(), deleted_count: z.int() }) },
    handle: async ({ services: { unitLog }, params: { unit_id: unit } }) => {
      const count = await unitLog.clear(unit);
      return ok({ status: 'ok', message: `Cleared ${count} log entries for ${unit}`, deleted_count: count });
    },
  }),
];
