import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { localTime, utcText } from '../format/instant.ts';
import { formatLevel } from '../format/level.ts';
import type { FrameSeries, Gap } from '../live/frame-series.ts';
import { VIEWER_ZONE } from '../shell/use-hub.ts';
import { chartColumns, levelRange } from './chart-columns.ts';

const HEIGHT_PX = 320;
const PHONE_HEIGHT_PX = 240;

interface Props {
  readonly series: FrameSeries;
  readonly windowMs: number;
  readonly nowMs: number;
}

/** Lp and interval Leq over the last minutes. Gaps are shaded and never bridged; the right edge is now, whether frames come or not. */
export function LiveChart({ series, windowMs, nowMs }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const shown = useRef<{ gaps: readonly Gap[]; levels: readonly [number, number] }>({ gaps: [], levels: [30, 90] });
  const [look, setLook] = useState(0);

  useEffect(() => {
    const again = () => setLook((count) => count + 1);
    const machine = window.matchMedia('(prefers-color-scheme: dark)');
    window.addEventListener('slmm-theme', again);
    machine.addEventListener('change', again);
    return () => {
      window.removeEventListener('slmm-theme', again);
      machine.removeEventListener('change', again);
    };
  }, []);

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const made = makeChart(element, shown.current);
    chart.current = made;
    const sized = new ResizeObserver(() => made.setSize(sizeOf(element)));
    sized.observe(element);
    return () => {
      sized.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [look]);

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

function sizeOf(element: HTMLElement): { width: number; height: number } {
  const width = Math.max(200, element.clientWidth);
  return { width, height: width < 560 ? PHONE_HEIGHT_PX : HEIGHT_PX };
}

function makeChart(element: HTMLElement, shown: { readonly gaps: readonly Gap[] }): uPlot {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--ink-soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  const inDb = (_chart: uPlot, level: number | null): string => (level === null ? '–' : `${formatLevel(level)} dB`);
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
        { ...axis, scale: 'db', size: 46, values: (_chart, levels) => levels.map(String) },
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
          value: inDb,
          spanGaps: false,
          points: { show: false },
        },
        {
          label: 'Interval Leq',
          scale: 'db',
          stroke: colour('--curve-leq'),
          width: 1.5,
          value: inDb,
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
