// What can be exported, as tables that are read page by page: little of a long range is in memory at a time.
import { maskedSpans } from '../../../history/annotations.ts';
import type { Question } from '../../../history/history.ts';
import type { ResolutionName } from '../../../history/levels/resolution.ts';
import type { Reading } from '../../../history/reading-store.ts';
import type { Span } from '../../../history/time/spans.ts';
import type { ApiServices } from '../../services.ts';
import { bucketPages } from './bucket-pages.ts';
import type { Field } from './export-lines.ts';
import { figures, figuresSchema } from './figures.ts';

/** Readings fetched at a time, and buckets. */
const PAGE = 2_000;
const BUCKETS = 1_000;
/** The ledger is asked for so much at once: it names a thousand gaps of each piece. */
const LEDGER_PIECE_MS = 7 * 86_400_000;

/** `pages` of rows, each as long as `columns`. */
export interface Table {
  readonly columns: readonly string[];
  readonly pages: AsyncIterable<readonly (readonly Field[])[]>;
}

const GAP_COLUMNS = ['unit', 'from', 'to', 'frames', 'cause'];

/** What the ledger names (history/ledger), piece by piece; a gap over the border of two pieces is told as two. */
export function gapTable(services: ApiServices, unit: string, { startMs, endMs }: Span): Table {
  async function* pages(): AsyncGenerator<readonly (readonly Field[])[]> {
    for (let fromMs = startMs; fromMs < endMs; fromMs += LEDGER_PIECE_MS) {
      const { gaps } = await services.coverage(unit, fromMs, Math.min(endMs, fromMs + LEDGER_PIECE_MS));
      yield gaps.map(({ from, to, frames, cause }) => [unit, from, to, frames, cause]);
    }
  }
  return { columns: GAP_COLUMNS, pages: pages() };
}

type Pick = (reading: Reading, isMasked: boolean) => Field | undefined;
const ofFrame = (
  name:
    | 'at'
    | 'epoch'
    | 'seq'
    | 'run'
    | 'lp'
    | 'leq'
    | 'le'
    | 'lmax'
    | 'lmin'
    | 'lpeak'
    | 'over'
    | 'under'
    | 'settings'
    | 'lieq'
    | 'leqmov'
    | 'ltm5',
): [string, Pick] => [name, ({ frame }) => frame[name]];
const ofInterval = (
  name: 's' | 'leq' | 'lmax' | 'lmin' | 'lpeak' | 'ticks' | 'missing' | 'over_s' | 'under_s',
): [string, Pick] => [`interval_${name}`, ({ frame }) => frame.interval?.[name]];

/** Columns of a reading with what stands in them; nothing is `null`. */
const READING_FIELDS: readonly (readonly [name: string, pick: Pick])[] = [
  ofFrame('at'),
  ofFrame('epoch'),
  ofFrame('seq'),
  ['src', ({ frame, imported }) => (imported === true ? 'import' : frame.src)],
  ofFrame('run'),
  ofFrame('lp'),
  ofFrame('leq'),
  ofFrame('le'),
  ofFrame('lmax'),
  ofFrame('lmin'),
  ofFrame('lpeak'),
  ['ln1', ({ frame }) => frame.ln[0]],
  ['ln2', ({ frame }) => frame.ln[1]],
  ['ln3', ({ frame }) => frame.ln[2]],
  ['ln4', ({ frame }) => frame.ln[3]],
  ['ln5', ({ frame }) => frame.ln[4]],
  ofFrame('over'),
  ofFrame('under'),
  ofInterval('s'),
  ofInterval('leq'),
  ofInterval('lmax'),
  ofInterval('lmin'),
  ofInterval('lpeak'),
  ['basis', ({ frame, imported }) => (imported === true ? 'import' : frame.interval?.basis)],
  ['late', ({ late }) => late],
  ['masked', (_, isMasked) => isMasked],
  ofFrame('settings'),
  ofInterval('ticks'),
  ofInterval('missing'),
  ofInterval('over_s'),
  ofInterval('under_s'),
  ofFrame('lieq'),
  ofFrame('leqmov'),
  ofFrame('ltm5'),
];

/** Everything that is stored of each reading; whether it lies in masked time is told and changes nothing. */
export function readingTable(services: ApiServices, { unit }: Question, { startMs, endMs }: Span): Table {
  async function* pages(): AsyncGenerator<readonly (readonly Field[])[]> {
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
      yield page.readings.map((reading) => {
        const isMasked = masked.some((mask) => isIn(reading, mask));
        return READING_FIELDS.map(([, pick]) => pick(reading, isMasked) ?? null);
      });
      after = page.next;
    } while (after !== null);
  }
  return { columns: READING_FIELDS.map(([name]) => name), pages: pages() };
}

/** A frame is of the time before its `at`, an imported row of the time from it on. */
function isIn({ atMs, imported }: Reading, { startMs, endMs }: Span): boolean {
  return imported === true ? atMs >= startMs && atMs < endMs : atMs > startMs && atMs <= endMs;
}

const FIGURE_COLUMNS = Object.keys(figuresSchema.shape).filter((name) => name !== 'ln');

/** Figures of every bucket, with what was left out of them. */
export function bucketTable(
  { history }: ApiServices,
  question: Question,
  span: Span,
  resolution: ResolutionName,
  n: readonly number[],
): Table {
  async function* pages(): AsyncGenerator<readonly (readonly Field[])[]> {
    for await (const buckets of bucketPages(history, question, span, resolution, BUCKETS))
      yield buckets.map((bucket) => {
        const { ln, ...rest } = figures(bucket, question, n);
        const named: Readonly<Record<string, Field>> = rest;
        const percentiles = n.map((one) => ln[String(one)] ?? null);
        return [...FIGURE_COLUMNS.map((name) => named[name] ?? null), ...percentiles, question.masked, question.rule.overload];
      });
  }
  return { columns: [...FIGURE_COLUMNS, ...n.map((one) => `l${one}`), 'masked', 'overload'], pages: pages() };
}
