import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { axisStyle, chartSize, levelAxisOf, levelText, pageColours } from '../chart/chart-style.ts';
import { useChart } from '../chart/use-chart.ts';
import { bucketColumns, levelAxis, type Shade } from './bucket-columns.ts';
import type { Figures } from './history-api.ts';
import { axisTime, cursorTime } from './zone-labels.ts';

const HEIGHT_PX = { desk: 340, phone: 260 };
const sizeOf = (element: HTMLElement): ReturnType<typeof chartSize> => chartSize(element, HEIGHT_PX);

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
  const shown = useRef({ shades, zone, select });
  shown.current = { shades, zone, select };

  const { place, chart, look } = useChart((element) => makeChart(element, shown), sizeOf, zone);

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
  const colour = pageColours(element);
  const axis = axisStyle(colour);
  const paths = uPlot.paths.stepped?.({ align: 1 });
  const curve = (label: string, stroke: string, width: number): uPlot.Series => ({
    label,
    scale: 'db',
    stroke,
    width,
    spanGaps: false,
    points: { show: false },
    value: levelText,
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
        levelAxisOf(axis),
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
