import { localDateTime, localTime, utcText } from '../format/instant.ts';
import { VIEWER_ZONE } from './use-hub.ts';

/** An instant in the viewer's own zone, with UTC in the tool tip. */
export function TimeText({ at, full = false }: { readonly at: string | number | null; readonly full?: boolean }) {
  const atMs = typeof at === 'string' ? Date.parse(at) : at;
  if (atMs === null || Number.isNaN(atMs)) return <span>–</span>;
  return (
    <time dateTime={new Date(atMs).toISOString()} title={utcText(atMs)}>
      {full ? localDateTime(atMs, VIEWER_ZONE) : localTime(atMs, VIEWER_ZONE)}
    </time>
  );
}
