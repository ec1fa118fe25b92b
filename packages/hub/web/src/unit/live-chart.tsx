import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { axisStyle, chartSize, levelAxisOf, levelText, pageColours } from '../chart/chart-style.ts';
import { useChart } from '../chart/use-chart.ts';
import { localTime, utcText } from '../format/instant.ts';
import type { FrameSeries, Gap } from '../live/frame-series.ts';
import { VIEWER_ZONE } from '../shell/use-hub.ts';
import { chartColumns, levelRange } from './chart-columns.ts';

const HEIGHT_PX = { desk: 320, phone: 240 };
const sizeOf = (element: HTMLElement): ReturnType<typeof chartSize> => chartSize(element, HEIGHT_PX);

interface Props {
  readonly series: FrameSeries;
  readonly windowMs: number;
  readonly nowMs: number;
}

/** Lp and interval Leq over the last minutes. Gaps are shaded and never bridged; the right edge is now, whether frames come or not. */
export function LiveChart({ series, windowMs, nowMs }: Props) {
  const shown = useRef<{ gaps: readonly Gap[]; levels: readonly [number, number] }>({ gaps: [], levels: [30, 90] });

  const { place, chart, look } = useChart((element) => makeChart(element, shown.current), sizeOf);

  useEffect(() => {
    const columns = chartColumns(
      series.filter((point) => point.atMs > nowMs - windowMs),
      nowMs,
    );
    shown.current.gaps = columns.gaps;
    shown.current.levels = levelRange(columns);
    chart.current?.batch(() => {
      chart.current?.setData([columns.seconds, columns.lp, columns.intervalLeq], false);
      chart.current?.setScale('x', { min: (nowMs - windowMs) / 1000, max: nowMs / 1000 });
      chart.current?.setScale('db', { min: shown.current.levels[0], max: shown.current.levels[1] });
    });
  }, [series, windowMs, nowMs, look]);

  return <div class="chart" ref={place} role="img" aria-label="Chart of Lp and interval Leq over time" />;
}

function makeChart(element: HTMLElement, shown: { readonly gaps: readonly Gap[] }): uPlot {
  const colour = pageColours(element);
  const axis = axisStyle(colour);
  return new uPlot(
    {
      ...sizeOf(element),
      scales: { x: { time: true, auto: false }, db: { auto: false } },
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      axes: [
        {
          ...axis,
          size: 34,
          space: 72,
          values: (_chart, seconds) => seconds.map((second) => localTime(second * 1000, VIEWER_ZONE).replace(/:00$/, '')),
        },
        levelAxisOf(axis),
      ],
      series: [
        {
          label: 'Time',
          value: (_chart, second) =>
            second === null ? '–' : `${localTime(second * 1000, VIEWER_ZONE)} (${utcText(second * 1000)})`,
        },
        {
          label: 'Lp',
          scale: 'db',
          stroke: colour('--curve-lp'),
          width: 1,
          value: levelText,
          spanGaps: false,
          points: { show: false },
        },
        {
          label: 'Interval Leq',
          scale: 'db',
          stroke: colour('--curve-leq'),
          width: 1.5,
          value: levelText,
          spanGaps: false,
          points: { show: false },
        },
      ],
      hooks: { drawClear: [(chart) => shadeGaps(chart, shown.gaps, colour('--gap'))] },
    },
    [[], [], []],
    element,
  );
}

function shadeGaps(chart: uPlot, gaps: readonly Gap[], colour: string): void {
  const { left, top, width, height } = chart.bbox;
  chart.ctx.save();
  chart.ctx.fillStyle = colour;
  for (const gap of gaps) {
    const from = Math.max(left, chart.valToPos(gap.fromMs / 1000, 'x', true));
    const to = Math.min(left + width, chart.valToPos(gap.toMs / 1000, 'x', true));
    if (to > from) chart.ctx.fillRect(from, top, to - from, height);
  }
  chart.ctx.restore();
}
