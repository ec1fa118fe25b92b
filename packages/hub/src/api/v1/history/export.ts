import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import { maskedSpans } from '../../../history/annotations.ts';
import type { Question } from '../../../history/history.ts';
import type { Reading } from '../../../history/reading-store.ts';
import { RESOLUTION_NAMES, type ResolutionName } from '../../../history/levels/resolution.ts';
import type { Span } from '../../../history/time/spans.ts';
import { type Route, route } from '../../route.ts';
import type { ApiServices } from '../../services.ts';
import { unitPath } from '../parameters.ts';
import { bucketPages } from './bucket-pages.ts';
import { csvLine, type Field, ndjsonLine } from './export-lines.ts';
import { figures } from './figures.ts';
import { percents, questionOf, questionQuery, rangeOf, rangeQuery } from './question.ts';

/** Readings fetched at a time, and buckets: what is in memory of an export. */
const PAGE = 2_000;
const BUCKETS = 1_000;
/** The ledger is asked for so much at once: it names a thousand gaps of each piece. */
const LEDGER_PIECE_MS = 7 * 86_400_000;

/** A row as names and values, in the order of the columns. */
type Row = readonly (readonly [name: string, value: Field])[];

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
      const rows = rowsOf(services, question, range, query.resolution, query.n);
      const name = `${unit}_${query.resolution}_${toInstant(range.startMs).slice(0, 10)}.${query.format}`;
      return {
        status: 200,
        contentType: query.format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson',
        headers: { 'content-disposition': `attachment; filename="${name}"` },
        bytes: linesOf(rows, query.format),
      };
    },
  }),
];

function rowsOf(
  services: ApiServices,
  question: Question,
  range: Span,
  resolution: ResolutionName | 'readings' | 'gaps',
  n: readonly number[],
): AsyncIterable<readonly Row[]> {
  if (resolution === 'readings') return readingRows(services, question, range);
  if (resolution === 'gaps') return gapRows(services, question.unit, range);
  return bucketRows(services, question, range, resolution, n);
}

/** What the ledger names (history/ledger), piece by piece; a gap over the border of two pieces is told as two. */
async function* gapRows(services: ApiServices, unit: string, { startMs, endMs }: Span): AsyncGenerator<readonly Row[]> {
  for (let fromMs = startMs; fromMs < endMs; fromMs += LEDGER_PIECE_MS) {
    const { gaps } = await services.coverage(unit, fromMs, Math.min(endMs, fromMs + LEDGER_PIECE_MS));
    yield gaps.map(({ from, to, frames, cause }): Row => [
      ['unit', unit],
      ['from', from],
      ['to', to],
      ['frames', frames],
      ['cause', cause],
    ]);
  }
}

async function* readingRows(services: ApiServices, question: Question, { startMs, endMs }: Span): AsyncGenerator<readonly Row[]> {
  const { unit } = question;
  const masked = maskedSpans(await services.annotations.masks(unit, startMs, endMs));
  let after: string | null = null;
  do {
    const page: { readonly readings: readonly Reading[]; readonly next: string | null } = await services.readings.readings({
      unit,
      fromMs: startMs,
      toMs: endMs,
      limit: PAGE,
      ...(after === null ? {} : { after }),
    });
    yield page.readings.map((reading) =>
      readingRow(
        reading,
        masked.some((mask) => isIn(reading, mask)),
      ),
    );
    after = page.next;
  } while (after !== null);
}

/** A frame is of the time before its `at`, an imported row of the time from it on. */
function isIn({ atMs, imported }: Reading, { startMs, endMs }: Span): boolean {
  return imported === true ? atMs >= startMs && atMs < endMs : atMs > startMs && atMs <= endMs;
}

function readingRow({ frame, late, imported }: Reading, masked: boolean): Row {
  const { interval, ln } = frame;
  return [
    ['at', frame.at],
    ['epoch', frame.epoch],
    ['seq', frame.seq],
    ['src', imported === true ? 'import' : frame.src],
    ['run', frame.run],
    ['lp', frame.lp],
    ['leq', frame.leq],
    ['le', frame.le],
    ['lmax', frame.lmax],
    ['lmin', frame.lmin],
    ['lpeak', frame.lpeak],
    ...ln.map((level, index) => [`ln${index + 1}`, level] as const),
    ['over', frame.over],
    ['under', frame.under],
    ['interval_s', interval?.s ?? null],
    ['interval_leq', interval?.leq ?? null],
    ['interval_lmax', interval?.lmax ?? null],
    ['interval_lmin', interval?.lmin ?? null],
    ['interval_lpeak', interval?.lpeak ?? null],
    ['basis', imported === true ? 'import' : (interval?.basis ?? null)],
    ['late', late],
    ['masked', masked],
    ['settings', frame.settings],
  ];
}

async function* bucketRows(
  { history }: ApiServices,
  question: Question,
  span: Span,
  resolution: ResolutionName,
  n: readonly number[],
): AsyncGenerator<readonly Row[]> {
  for await (const buckets of bucketPages(history, question, span, resolution, BUCKETS))
    yield buckets.map((bucket): Row => {
      const { ln, ...rest } = figures(bucket, question, n);
      const lnFields = n.map((one) => [`l${one}`, ln[String(one)] ?? null] as const);
      return [...Object.entries(rest), ...lnFields, ['masked', question.masked], ['overload', question.rule.overload]];
    });
}

async function* linesOf(pages: AsyncIterable<readonly Row[]>, format: 'csv' | 'ndjson'): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const rows of pages) {
    const lines: string[] = [];
    for (const row of rows) {
      if (isFirst && format === 'csv') lines.push(csvLine(row.map(([name]) => name)));
      isFirst = false;
      lines.push(format === 'csv' ? csvLine(row.map(([, value]) => value)) : ndjsonLine(row));
    }
    if (lines.length > 0) yield Buffer.from(lines.join(''));
  }
}
