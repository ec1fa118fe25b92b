import { localDateTime, localTime, utcText } from '../format/instant.ts';
import { VIEWER_ZONE } from './use-hub.ts';

/** An instant in the viewer's own zone, or in one that is named beside it, with UTC in the tool tip. */
export function TimeText({
  at,
  full = false,
  zone = VIEWER_ZONE,
}: {
  readonly at: string | number | null;
  readonly full?: boolean;
  readonly zone?: string;
}) {
  const atMs = typeof at === 'string' ? Date.parse(at) : at;
  if (atMs === null || Number.isNaN(atMs)) return <span>–</span>;
  return (
    <time dateTime={new Date(atMs).toISOString()} title={utcText(atMs)}>
      {full ? localDateTime(atMs, zone) : localTime(atMs, zone)}
    </time>
  );
}
