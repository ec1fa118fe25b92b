import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import type { Question } from '../../../history/history.ts';
import { RESOLUTION_NAMES, type ResolutionName } from '../../../history/levels/resolution.ts';
import type { Span } from '../../../history/time/spans.ts';
import { type Route, route } from '../../route.ts';
import type { ApiServices } from '../../services.ts';
import { unitPath } from '../parameters.ts';
import { csvLine, ndjsonLine } from './export-lines.ts';
import { bucketTable, gapTable, readingTable, type Table } from './export-tables.ts';
import { percents, questionOf, questionQuery, rangeOf, rangeQuery } from './question.ts';

/** `/api/v1/units/{unit}/export`: readings, buckets, or what is missing and why, of any range as CSV or NDJSON, streamed. */
export const exportRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/units/{unit}/export',
    surface: 'v1',
    policy: 'read',
    summary:
      'Readings, buckets of a level, or the gaps with their causes, as CSV or as one JSON object a line; masked readings are marked, buckets follow `masked`',
    params: unitPath,
    query: questionQuery.extend(rangeQuery.shape).extend({
      resolution: z.enum(['readings', 'gaps', ...RESOLUTION_NAMES]).default('1m'),
      format: z.enum(['csv', 'ndjson']).default('csv'),
      n: percents('5,10,50,90,95'),
    }),
    responses: {
      200: {
        description: 'The file. Cells that a spreadsheet would take for a formula begin with an apostrophe.',
        contentType: 'text/csv',
      },
    },
    handle: ({ services, params: { unit }, query }) => {
      const range = rangeOf(services, query);
      if ('refused' in range) return range.refused;
      const question = questionOf(services, unit, query);
      const table = tableOf(services, question, range, query.resolution, query.n);
      const name = `${unit}_${query.resolution}_${toInstant(range.startMs).slice(0, 10)}.${query.format}`;
      return {
        status: 200,
        contentType: query.format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson',
        headers: { 'content-disposition': `attachment; filename="${name}"` },
        bytes: linesOf(table, query.format),
      };
    },
  }),
];

function tableOf(
  services: ApiServices,
  question: Question,
  range: Span,
  resolution: ResolutionName | 'readings' | 'gaps',
  n: readonly number[],
): Table {
  if (resolution === 'readings') return readingTable(services, question, range);
  if (resolution === 'gaps') return gapTable(services, question.unit, range);
  return bucketTable(services, question, range, resolution, n);
}

/** A file without a row still names its columns. */
async function* linesOf({ columns, pages }: Table, format: 'csv' | 'ndjson'): AsyncGenerator<Uint8Array> {
  if (format === 'csv') yield Buffer.from(csvLine(columns));
  for await (const rows of pages) {
    const lines = rows.map((row) => (format === 'csv' ? csvLine(row) : ndjsonLine(columns, row)));
    if (lines.length > 0) yield Buffer.from(lines.join(''));
  }
}
