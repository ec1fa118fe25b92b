/** The differences from SLMM 0.4.0 that are meant, read from the table of docs/terra-view.md so that the document and the runner cannot disagree. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface KnownDifference {
  /** Name of a recorded case, or a pattern with `*`. */
  readonly cases: string;
  /** Status that the hub gives instead; `null` where it is the recorded one. */
  readonly status: number | null;
  readonly reason: string;
}

const DOCUMENT = fileURLToPath(new URL('../../docs/terra-view.md', import.meta.url));
const HEADING = '## Differences';

/** Rows of the table: `| case | status of the hub | reason |`; several cases in one row are separated by blanks. */
export function readKnownDifferences(text = readFileSync(DOCUMENT, 'utf8')): readonly KnownDifference[] {
  const from = text.indexOf(HEADING);
  const section = text.slice(from, text.indexOf('\n## ', from + 1) === -1 ? undefined : text.indexOf('\n## ', from + 1));
  return section.split('\n').flatMap((line) => {
    const [, cases = '', status = '', reason = ''] = /^\| ((?:`[a-z0-9_*]+` ?)+)\| (\d{3}|same) \| (.*) \|$/i.exec(line) ?? [];
    return [...cases.matchAll(/`([^`]+)`/g)].map(([, one = '']) => ({
      cases: one,
      status: status === 'same' ? null : Number(status),
      reason,
    }));
  });
}

/** The difference that explains this answer, or `null`. */
export function explained(
  known: readonly KnownDifference[],
  name: string,
  status: number,
  recorded: number,
): KnownDifference | null {
  const isMeant = ({ cases, status: meant }: KnownDifference): boolean =>
    new RegExp(`^${cases.replaceAll('*', '.*')}$`).test(name) && (meant ?? recorded) === status;
  return known.find(isMeant) ?? null;
}
