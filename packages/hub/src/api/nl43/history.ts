import { z } from 'zod';
import type { Reading } from '../../history/reading-store.ts';
import { type Route, route } from '../route.ts';
import type { ApiServices } from '../services.ts';
import { historyRowSchema } from './answers.ts';
import { clampedField } from './field.ts';
import { levelText } from './levels.ts';
import { naiveTime } from './naive-time.ts';
import { okResponse } from './responses.ts';
import { unitPathSchema } from './unit-fields.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Up to here every reading is in the answer, at one a second about 86 400; beyond it one a minute, as SLMM 0.4.0 stored them. */
const EVERY_READING_HOURS = 24;
/** What is asked for is brought between these, as SLMM did. Longer series: `/api/v1/units/{unit}/readings` and `/levels`. */
const LEAST_HOURS = 0.1;
const MOST_HOURS = 48;
const PAGE = 5_000;
/** Most readings in one answer: a day of two frames a second. */
const MAX_READINGS = 172_800;
/** Questions to the store at a time, so that ingest gets its turn. */
const MINUTES_AT_ONCE = 60;

/** The family of `/api/nl43/{unit_id}/history`. */
export const historyRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/nl43/{unit_id}/history',
    surface: 'nl43',
    policy: 'read',
    summary: 'Stored readings of the last hours (0.1 to 48), oldest first; beyond 24 hours one a minute',
    params: unitPathSchema,
    query: z.object({ hours: clampedField(LEAST_HOURS, MOST_HOURS, {}).prefault(2) }),
    responses: {
      200: okResponse('The readings', {
        unit_id: z.string(),
        hours: z.number(),
        count: z.int(),
        readings: z.array(historyRowSchema),
      }),
    },
    handle: async ({ services, params, query }) => {
      const toMs = services.clock.nowMs() + MINUTE_MS;
      const fromMs = toMs - MINUTE_MS - query.hours * HOUR_MS;
      const rows =
        query.hours <= EVERY_READING_HOURS
          ? await everyReading(services, params.unit_id, fromMs, toMs)
          : await oneAMinute(services, params.unit_id, fromMs, toMs);
      // Put together as text: a day is 86 400 rows, and each is encoded once while its page is at hand.
      const head = JSON.stringify({ status: 'ok', unit_id: params.unit_id, hours: query.hours, count: rows.length });
      return { status: 200, contentType: 'application/json', text: `${head.slice(0, -1)},"readings":[${rows.join(',')}]}` };
    },
  }),
];

async function everyReading({ readings }: ApiServices, unit: string, fromMs: number, toMs: number): Promise<readonly string[]> {
  const rows: string[] = [];
  let after: string | null = null;
  do {
    const page = await readings.readings({ unit, fromMs, toMs, limit: PAGE, ...(after === null ? {} : { after }) });
    for (const reading of page.readings) if (isFrame(reading)) rows.push(row(reading));
    after = page.next;
  } while (after !== null && rows.length < MAX_READINGS);
  return rows;
}

async function oneAMinute({ readings }: ApiServices, unit: string, fromMs: number, toMs: number): Promise<readonly string[]> {
  const rows: string[] = [];
  const first = async (startMs: number): Promise<readonly Reading[]> => {
    const page = await readings.readings({ unit, fromMs: startMs, toMs: Math.min(startMs + MINUTE_MS, toMs), limit: 1 });
    return page.readings;
  };
  for (let startMs = fromMs; startMs < toMs; startMs += MINUTES_AT_ONCE * MINUTE_MS) {
    const starts = Array.from({ length: MINUTES_AT_ONCE }, (_, index) => startMs + index * MINUTE_MS).filter((at) => at < toMs);
    for (const found of await Promise.all(starts.map(first)))
      for (const reading of found) if (isFrame(reading)) rows.push(row(reading));
  }
  return rows;
}

/** Rows of imported series have none of the values that SLMM shows. */
function isFrame(reading: Reading): boolean {
  return reading.imported !== true;
}

function row({ frame, atMs }: Reading): string {
  return JSON.stringify({
    timestamp: naiveTime(atMs),
    lp: levelText(frame.lp),
    leq: levelText(frame.leq),
    lmax: levelText(frame.lmax),
    ln1: levelText(frame.ln[0]),
    ln2: levelText(frame.ln[1]),
  });
}
