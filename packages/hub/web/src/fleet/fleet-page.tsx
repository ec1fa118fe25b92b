import { hashOf } from '../shell/route.ts';
import { useHubState, useNowMs } from '../shell/use-hub.ts';
import { attention, inOrderOfAttention, summaryOf } from './attention.ts';
import { UnitCard } from './unit-card.tsx';

/** All units at a glance, those that want somebody first. */
export function FleetPage() {
  const { fleet, isLoaded, fault } = useHubState();
  const nowMs = useNowMs();
  if (!isLoaded) return fault === null ? <p class="hint">Reading the list of units…</p> : null;
  if (fleet.size === 0)
    return (
      <section class="panel">
        <h1>No units yet</h1>
        <p>
          Enrol an edge and add a unit under <a href={hashOf({ name: 'setup' })}>Set-up</a>. It shows up here by itself.
        </p>
      </section>
    );
  const judged = [...fleet.values()].map((view) => ({ unit: view.unit, view, ...attention(view, nowMs) }));
  const byUnit = new Map(judged.map((one) => [one.unit, one]));
  const severities = judged.map((one) => one.severity);
  const worst = severities.includes('trouble') ? 'trouble' : severities.includes('notice') ? 'notice' : 'calm';
  return (
    <>
      <div class="page-head">
        <h1>Fleet</h1>
        <p class={`summary ${worst}`} role="status" aria-live="polite">
          {summaryOf(severities)}
        </p>
      </div>
      <ul class="fleet">
        {inOrderOfAttention(judged).map((unit) => {
          const one = byUnit.get(unit);
          return one === undefined ? null : <UnitCard key={unit} view={one.view} attention={one} nowMs={nowMs} />;
        })}
      </ul>
    </>
  );
}
