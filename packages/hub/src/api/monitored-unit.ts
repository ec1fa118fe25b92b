/** A unit that has rules is read without a break. Neighbours: the routes that write rules, in SLMM's words and in ours. */
import type { ApiServices } from './services.ts';

/** Switches on the monitoring of a unit with a rule that is on, or the rule would see a value a minute. It is never switched back: others may count on it. */
export async function monitorForRules({ fleet, alerts }: ApiServices, unit: string): Promise<void> {
  const view = fleet.unit(unit);
  const isWatched = alerts.engine.rules().some(({ rule }) => rule.unit === unit && rule.enabled);
  if (view !== null && !view.config.monitorEnabled && isWatched) await fleet.putUnit({ ...view.config, monitorEnabled: true });
}
