import { localMinute, localTime } from '../format/instant.ts';
import { useAsked } from '../shell/use-asked.ts';
import { useNowMs, VIEWER_ZONE } from '../shell/use-hub.ts';
import { type EventView, readLevels } from './alert-api.ts';
import { figureText } from './alert-model.ts';
import { basisText } from '../history/words.ts';
import { basisOf, CHART, chartPicture, chartSpan } from './event-chart.ts';

const POINTS = 240;
const AGAIN_MS = 10_000;

/** How loud it was around the event, against its limit. */
export function EventChart({ event }: { readonly event: EventView }) {
  const nowMs = useNowMs();
  // The picture moves on in steps while the event is on; of one that is over it stays.
  const shownMs = event.status === 'active' ? Math.floor(nowMs / AGAIN_MS) * AGAIN_MS : nowMs;
  const span = chartSpan(event, shownMs);
  const levels = useAsked(
    () => readLevels(event.unit, span.fromMs, span.toMs, POINTS),
    0,
    `${event.event_id} ${event.clear_at ?? shownMs}`,
  );
  // What may still be made, or a share of readings, is no level to draw a line at.
  const limit = event.figures_in === 'dB' && event.metric !== 'headroom' ? event.threshold : null;
  const buckets = levels.value?.buckets ?? [];
  const picture = levels.value === null ? null : chartPicture(buckets, span, event, limit);
  if (picture === null)
    return (
      <p class="hint">{levels.fault ?? (levels.value === null ? 'Reading the levels…' : 'No levels of that time are kept.')}</p>
    );
  const time = span.toMs - span.fromMs > 7_200_000 ? localMinute : localTime;
  return (
    <figure class="event-chart">
      <div class="event-picture">
        <svg
          viewBox={`0 0 ${CHART.width} ${CHART.height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Leq and Lmax around the event, from ${Math.round(picture.lowestDb)} to ${Math.round(picture.highestDb)} dB`}
        >
          <rect
            class="on"
            x={picture.on.from * CHART.width}
            width={Math.max(1, (picture.on.to - picture.on.from) * CHART.width)}
            y="0"
            height={CHART.height}
          />
          {picture.limit !== null && (
            <path class="limit" d={`M0 ${picture.limit * CHART.height}H${CHART.width}`} vector-effect="non-scaling-stroke" />
          )}
          {picture.lmax.map((path) => (
            <path key={path} class="lmax" d={path} vector-effect="non-scaling-stroke" />
          ))}
          {picture.leq.map((path) => (
            <path key={path} class="leq" d={path} vector-effect="non-scaling-stroke" />
          ))}
        </svg>
        {picture.limit !== null && (
          <span class="limit-label" style={{ top: `${picture.limit * 100}%` }}>
            {figureText(limit, event)}
          </span>
        )}
      </div>
      <figcaption>
        <span>{time(span.fromMs, VIEWER_ZONE)}</span>
        <span class="keys">
          <span class="key leq">Leq</span> <span class="key lmax">Lmax</span> <span class="key on">the event</span>
        </span>
        <span>{time(span.toMs, VIEWER_ZONE)}</span>
      </figcaption>
      <p class="hint">Leq: {basisText(basisOf(buckets))}.</p>
    </figure>
  );
}
