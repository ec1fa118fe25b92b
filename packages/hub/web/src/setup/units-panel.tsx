import type { UnitOverview } from '@slmm/protocol/live';
import { useState } from 'preact/hooks';
import { textFields } from '../shell/form-fields.ts';
import { hashOf } from '../shell/route.ts';
import { useHub, useHubState } from '../shell/use-hub.ts';
import { addUnit, changeUnit, removeUnit } from './setup-api.ts';
import { UnitFields } from './unit-fields.tsx';
import { unitFormOf } from './unit-form-model.ts';

/** The meters: where each is and how it is read, and for operators the way to change that. */
export function UnitsPanel({ edges, mayChange }: { readonly edges: readonly string[]; readonly mayChange: boolean }) {
  const hub = useHub();
  const { fleet } = useHubState();
  /** The unit whose form is open; `new` for one that is not there yet. */
  const [open, setOpen] = useState<{ readonly unit: string } | 'new' | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const close = (): void => {
    setOpen(null);
    setProblem(null);
    hub.hurry();
  };
  const save = async (form: HTMLFormElement, unit: string | null): Promise<void> => {
    const fields = textFields(form);
    const answer =
      unit === null ? await addUnit(fields.get('unit') ?? '', unitFormOf(fields)) : await changeUnit(unit, unitFormOf(fields));
    if (answer.kind === 'ok') close();
    else setProblem(answer.kind === 'failed' ? answer.reason : 'you are signed out');
  };
  const remove = async (unit: string): Promise<void> => {
    const answer = await removeUnit(unit);
    if (answer.kind === 'ok') close();
    else setProblem(answer.kind === 'failed' ? answer.reason : 'you are signed out');
  };
  const form = (overview: UnitOverview | null) => (
    <form
      class="form"
      onSubmit={(submit) => {
        submit.preventDefault();
        void save(submit.currentTarget, overview?.unit ?? null);
      }}
    >
      <UnitFields overview={overview} edges={edges} />
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p class="buttons">
        <button type="submit">{overview === null ? 'Add unit' : 'Save'}</button>
        <button type="button" class="quiet" onClick={close}>
          Cancel
        </button>
        {overview !== null && (
          <button
            type="button"
            class="quiet"
            onClick={() =>
              window.confirm(`Remove unit ${overview.unit}? Its meter is left alone from then on; its history stays.`) &&
              void remove(overview.unit)
            }
          >
            Remove unit
          </button>
        )}
      </p>
    </form>
  );
  return (
    <section class="panel" aria-labelledby="units-head">
      <h2 id="units-head">Units</h2>
      <ul class="listed">
        {[...fleet.values()].map(({ unit, overview }) => (
          <li key={unit} data-setup={unit}>
            <h3>
              <a href={hashOf({ name: 'unit', unit })}>{unit}</a>
            </h3>
            <p class="hint">{placeOf(overview)}</p>
            {mayChange && (open === null || open === 'new' || open.unit !== unit) && (
              <button type="button" class="quiet" onClick={() => setOpen({ unit })}>
                Change<span class="unseen"> {unit}</span>
              </button>
            )}
            {open !== null && open !== 'new' && open.unit === unit && form(overview)}
          </li>
        ))}
      </ul>
      {mayChange && open !== 'new' && (
        <p class="buttons">
          <button type="button" onClick={() => setOpen('new')}>
            Add a unit
          </button>
        </p>
      )}
      {open === 'new' && form(null)}
    </section>
  );
}

/** Where a unit is and how it is read, in one line. */
function placeOf({ edge, config, timezone }: UnitOverview): string {
  const how = config.acquisition === 'drd' ? '10 Hz stream (DRD)' : 'display values (DOD)';
  const pace = config.monitor_enabled ? 'as fast as the meter allows' : `every ${config.poll_interval_seconds} s`;
  const off = config.tcp_enabled ? '' : ', switched off';
  return `${config.host}:${config.tcp_port} by ${edge === null ? 'no edge' : `edge ${edge}`}, ${how} ${pace}, zone ${timezone}${off}`;
}
