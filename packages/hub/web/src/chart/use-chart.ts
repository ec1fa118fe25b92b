import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

interface ChartInPlace {
  /** The box in which the chart stands. */
  readonly place: RefObject<HTMLDivElement>;
  readonly chart: RefObject<uPlot>;
  /** Another value whenever the chart was made anew and wants its data again. */
  readonly look: number;
}

/** A chart that keeps to its box and to the colours of the page: made anew when these change, or when `key` does. */
export function useChart(
  make: (element: HTMLElement) => uPlot,
  sizeOf: (element: HTMLElement) => { readonly width: number; readonly height: number },
  key = '',
): ChartInPlace {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const [look, setLook] = useState(0);

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
    const made = make(element);
    chart.current = made;
    const sized = new ResizeObserver(() => made.setSize(sizeOf(element)));
    sized.observe(element);
    return () => {
      sized.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [look, key]);

  return { place, chart, look };
}
