import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatLevel } from '../format/level.ts';
import { bucketColumns, levelAxis, type Shade } from './bucket-columns.ts';
import type { Figures } from './history-api.ts';
import { axisTime, cursorTime } from './zone-labels.ts';

const HEIGHT_PX = 340;
const PHONE_HEIGHT_PX = 260;

export interface Selection {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Props {
  readonly buckets: readonly Figures[];
  readonly shades: readonly Shade[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly zone: string;
  readonly select: (selection: Selection) => void;
}

/** Leq in steps, L90 to L10 as a band, Lmax as a line. Nothing is drawn where nothing was measured. Dragging selects a stretch. */
export function LevelChart(props: Props) {
  const { buckets, shades, fromMs, toMs, zone, select } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const shown = useRef({ shades, zone, select });
  const [look, setLook] = useState(0);
  shown.current = { shades, zone, select };

  useEffect(() => {
    const again = (): void => setLook((count) => count + 1);
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
    const made = makeChart(element, shown);
    chart.current = made;
    const sized = new ResizeObserver(() => made.setSize(sizeOf(element)));
    sized.observe(element);
    return () => {
      sized.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [look, zone]);

  useEffect(() => {
    const columns = bucketColumns(buckets);
    const [low, high] = levelAxis(columns);
    chart.current?.batch(() => {
      chart.current?.setData([columns.seconds, columns.lmax, columns.l10, columns.l90, columns.leq], false);
      chart.current?.setScale('x', { min: fromMs / 1000, max: toMs / 1000 });
      chart.current?.setScale('db', { min: low, max: high });
      chart.current?.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    });
  }, [buckets, shades, fromMs, toMs, look, zone]);

  return <div class="chart" ref={place} role="img" aria-label="Chart of Leq, L10, L90 and Lmax over the time chosen" />;
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  const width = Math.max(200, element.clientWidth);
  return { width, height: width < 560 ? PHONE_HEIGHT_PX : HEIGHT_PX };
}

function makeChart(
  element: HTMLElement,
  shown: {
    readonly current: {
      readonly shades: readonly Shade[];
      readonly zone: string;
      readonly select: (selection: Selection) => void;
    };
  },
): uPlot {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--ink-soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  const paths = uPlot.paths.stepped?.({ align: 1 });
  const curve = (label: string, stroke: string, width: number): uPlot.Series => ({
    label,
    scale: 'db',
    stroke,
    width,
    spanGaps: false,
    points: { show: false },
    value: (_chart, level) => (level === null ? '–' : `${formatLevel(level)} dB`),
    ...(paths === undefined ? {} : { paths }),
  });
  return new uPlot(
    {
      ...sizeOf(element),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), shown.current.zone),
      scales: { x: { time: true, auto: false }, db: { auto: false } },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      axes: [
        {
          ...axis,
          size: 34,
          space: 64,
          values: (_chart, seconds, _axis, _space, stepS) =>
            seconds.map((second) => axisTime(second * 1000, stepS, shown.current.zone)),
        },
        { ...axis, scale: 'db', size: 46, values: (_chart, levels) => levels.map(String) },
      ],
      bands: [{ series: [2, 3], fill: colour('--band') }],
      series: [
        { label: 'From', value: (_chart, second) => (second === null ? '–' : cursorTime(second * 1000, shown.current.zone)) },
        curve('Lmax', colour('--curve-lmax'), 1),
        curve('L10', 'transparent', 0),
        curve('L90', 'transparent', 0),
        curve('Leq', colour('--curve-leq'), 1.75),
      ],
      hooks: {
        drawClear: [
          (chart) =>
            shade(chart, shown.current.shades, {
              nothing: colour('--gap'),
              little: colour('--shade-little'),
              masked: colour('--shade-masked'),
            }),
        ],
        setSelect: [
          (chart) => {
            const { left, width } = chart.select;
            if (width < 4) return;
            const at = (pixels: number): number => Math.round(chart.posToVal(pixels, 'x')) * 1000;
            shown.current.select({ fromMs: at(left), toMs: at(left + width) });
          },
        ],
      },
    },
    [[], [], [], [], []],
    element,
  );
}

function shade(chart: uPlot, shades: readonly Shade[], colours: Readonly<Record<Shade['kind'], string>>): void {
  const { left, top, width, height } = chart.bbox;
  chart.ctx.save();
  for (const { fromMs, toMs, kind } of shades) {
    const from = Math.max(left, chart.valToPos(fromMs / 1000, 'x', true));
    const to = Math.min(left + width, chart.valToPos(toMs / 1000, 'x', true));
    chart.ctx.fillStyle = colours[kind];
    // A mask of seconds on a month must still be seen.
    if (to > left && from < left + width && toMs > fromMs) chart.ctx.fillRect(from, top, Math.max(1, to - from), height);
  }
  chart.ctx.restore();
}
