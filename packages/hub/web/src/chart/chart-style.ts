import type uPlot from 'uplot';
import { formatLevel } from '../format/level.ts';

const NARROW_PX = 560;
const LEAST_WIDTH_PX = 200;

/** As wide as its box, and lower where that is a phone. */
export function chartSize(
  element: HTMLElement,
  heightPx: { readonly desk: number; readonly phone: number },
): { readonly width: number; readonly height: number } {
  const width = Math.max(LEAST_WIDTH_PX, element.clientWidth);
  return { width, height: width < NARROW_PX ? heightPx.phone : heightPx.desk };
}

/** Colours of the page by the name of their custom property, as a canvas understands them: `light-dark()` is worked out by the browser. */
export function pageColours(element: HTMLElement): (name: string) => string {
  const style = getComputedStyle(element);
  return (name) => {
    element.style.color = `var(${name})`;
    const { color } = style;
    element.style.removeProperty('color');
    return color;
  };
}

/** What all axes have in common. */
export function axisStyle(colour: (name: string) => string): uPlot.Axis {
  return {
    stroke: colour('--ink-soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
}

/** The axis of levels at the left. */
export const levelAxisOf = (axis: uPlot.Axis): uPlot.Axis => ({
  ...axis,
  scale: 'db',
  size: 46,
  values: (_chart, levels) => levels.map(String),
});

/** A level under the cursor. */
export const levelText = (_chart: uPlot, levelDb: number | null): string =>
  levelDb === null ? '–' : `${formatLevel(levelDb)} dB`;
