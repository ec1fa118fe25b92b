import type { CoverageReport, ReadingsPage, SessionView, StoredFrame, UnitOverview } from '@slmm/protocol/live';

/** What became of a question to the hub. `signed-out`: somebody has to sign in first. */
export type Answer<T> =
  | {
      readonly kind: 'ok';
      readonly value: T;
      /** Hub clock minus this machine's clock, to the second. */ readonly hubAheadMs: number;
    }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Time after which an answer is no longer worth waiting for. */
const PATIENCE_MS = 15_000;
/** Readings asked for at once; longer windows take several pages. */
const PAGE_SIZE = 1000;
/** An hour of one frame a second, and room for a unit that is faster. */
const MOST_PAGES = 10;

export const readSession = (): Promise<Answer<SessionView>> => getJson('/api/v1/session');

export const readUnits = (): Promise<Answer<{ readonly units: readonly UnitOverview[] }>> => getJson('/api/v1/units');

export const readCoverage = (unit: string, fromMs: number, toMs: number): Promise<Answer<CoverageReport>> =>
  getJson(`/api/v1/units/${encodeURIComponent(unit)}/coverage?${period(fromMs, toMs)}`);

/**
 * Stored frames of a period, oldest first, page by page: `onPage` sees each page as it comes, so that a chart fills while the rest is under way.
 * Ends early without a fault when `isWanted` says so.
 */
export async function readReadings(
  unit: string,
  fromMs: number,
  toMs: number,
  onPage: (readings: readonly StoredFrame[]) => void,
  isWanted: () => boolean,
): Promise<Answer<null>> {
  let next: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const more: string = next === null ? '' : `&next=${encodeURIComponent(next)}`;
    const answer: Answer<ReadingsPage> = await getJson(
      `/api/v1/units/${encodeURIComponent(unit)}/readings?${period(fromMs, toMs)}&limit=${PAGE_SIZE}${more}`,
    );
    if (!isWanted()) return { kind: 'ok', value: null, hubAheadMs: 0 };
    if (answer.kind !== 'ok') return answer;
    onPage(answer.value.readings);
    next = answer.value.next;
    if (next === null) return { kind: 'ok', value: null, hubAheadMs: answer.hubAheadMs };
  }
  return { kind: 'failed', reason: 'the period holds more frames than this page shows' };
}

/** Ends the session of this browser. */
export async function signOut(): Promise<void> {
  await fetch('/api/v1/session', { method: 'DELETE', credentials: 'same-origin' }).catch(() => undefined);
}

function period(fromMs: number, toMs: number): string {
  return `from=${encodeURIComponent(new Date(fromMs).toISOString())}&to=${encodeURIComponent(new Date(toMs).toISOString())}`;
}

/** Asks the hub. */
export const getJson = <T>(path: string): Promise<Answer<T>> => askJson('GET', path, undefined);

/** Asks the hub to change something. An answer without content is `null`. */
export const sendJson = <T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  patienceMs = PATIENCE_MS,
): Promise<Answer<T>> => askJson(method, path, body, patienceMs);

async function askJson<T>(method: string, path: string, body: unknown, patienceMs = PATIENCE_MS): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch {
    return { kind: 'failed', reason: 'the hub does not answer' };
  }
  if (response.status === 401) return { kind: 'signed-out' };
  try {
    const content: unknown = response.status === 204 ? null : await response.json();
    if (!response.ok) return { kind: 'failed', reason: problemText(content) ?? `the hub answered ${response.status}` };
    const hubMs = Date.parse(response.headers.get('date') ?? '');
    return { kind: 'ok', value: content as T, hubAheadMs: Number.isNaN(hubMs) ? 0 : hubMs - Date.now() };
  } catch {
    return { kind: 'failed', reason: `the hub answered ${response.status} with something that is not JSON` };
  }
}

/** The sentence in a problem document (RFC 9457), or in an answer of `/api/nl43`, which lists mistakes field by field. */
function problemText(content: unknown): string | null {
  if (typeof content !== 'object' || content === null) return null;
  if ('detail' in content && typeof content.detail === 'string') return content.detail;
  if ('detail' in content && Array.isArray(content.detail)) return content.detail.map(mistakeText).join('; ');
  return 'title' in content && typeof content.title === 'string' ? content.title : null;
}

function mistakeText(mistake: { readonly loc?: readonly (string | number)[]; readonly msg?: string }): string {
  const field = mistake.loc?.at(-1);
  return field === undefined ? (mistake.msg ?? '') : `${field}: ${mistake.msg ?? ''}`;
}
