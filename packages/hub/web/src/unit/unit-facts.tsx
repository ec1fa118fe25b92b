import type { ComponentChildren } from 'preact';
import type { UnitView } from '../fleet/fleet-model.ts';
import { TimeText } from '../shell/time-text.tsx';

/** What the meter is, how it is set, and who asks it. A line that nobody has told is left out. */
export function UnitFacts({ view }: { readonly view: UnitView }) {
  const { info, state, config, edge, timezone } = view.overview;
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ['Model', info?.model],
    ['Serial number', info?.serial],
    ['Firmware', info?.firmware],
    ['Options', info === null || info.options.length === 0 ? null : info.options.join(', ')],
    ['Frequency weighting', info?.frequency_weighting],
    ['Time weighting', info?.time_weighting],
    ['Meter clock', info === null || info.clock_offset_s === null ? null : clockText(info.clock_offset_s)],
    ['Battery', state?.battery],
    ['Power', state?.power],
    ['Card free', state === null || state.sd_free_mb === null ? null : `${state.sd_free_mb} MB`],
    ['Sleep Mode', info?.snapshot['Sleep Mode'] === 'On' ? 'on: asleep, it has no network' : null],
    ['Source of frames', config.acquisition === 'drd' ? '10 Hz stream (DRD)' : 'display values (DOD)'],
    ['Address', `${config.host}:${config.tcp_port}`],
    ['Edge', edge],
    ['Garbled answers', state === null || state.garbled === 0 ? null : String(state.garbled)],
    ['Zone', timezone],
    ['Settings read', info === null || info.read_at === null ? null : <TimeText at={info.read_at} full />],
  ];
  return (
    <section class="panel" aria-labelledby="facts-head">
      <h2 id="facts-head">Meter</h2>
      {info === null && <p class="hint">The edge has not read the meter’s settings yet.</p>}
      <dl class="facts">
        {facts.map(([name, value]) =>
          value === null || value === undefined || value === '' ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}

function clockText(offsetS: number): string {
  const size = Math.abs(offsetS);
  if (size < 1) return 'right to the second';
  return `${size.toFixed(0)} s ${offsetS > 0 ? 'ahead' : 'behind'}`;
}
