import type { Severity } from './attention.ts';
import type { UnitView } from './fleet-model.ts';

/** Whether a measurement runs; the word says it, the colour only repeats it. Of a unit that nobody can ask it says what was known last. */
export function RunChip({ view: { run, edgeOnline, reachable } }: { readonly view: UnitView }) {
  if (!edgeOnline || reachable === false) {
    if (run === 'Start') return <span class="chip">Was measuring</span>;
    if (run === 'Stop') return <span class="chip">Was stopped</span>;
  }
  if (run === 'Start') return <span class="chip running">Measuring</span>;
  if (run === 'Stop') return <span class="chip warn">Stopped</span>;
  return <span class="chip">Run state unknown</span>;
}

const SHAPES: Readonly<Record<Severity, string>> = {
  trouble: 'M8 1.5 15 14H1zM8 6v4M8 11.8v.4',
  notice: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13zM8 4.5v4.5M8 11v.4',
  calm: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13zM5 8.2l2.2 2.2L11 6.2',
  idle: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13zM5.2 8h5.6',
};

/** A sign of its own shape for each severity, for eyes that do not tell the colours apart. */
export function SeverityMark({ severity }: { readonly severity: Severity }) {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <path d={SHAPES[severity]} />
    </svg>
  );
}
