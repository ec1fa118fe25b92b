/** Events that need no rule: a unit that cannot be reached or says nothing, an edge that is away, the hub without its broker. Pure. Neighbour: watches.ts notices. */
import type { EventKind, EventRecord } from './records/event-record.ts';
import { withStep } from './judging/event-story.ts';
import { ruleSchema, type Rule } from './rules/rule.ts';

export type BuiltInKind = Exclude<EventKind, 'threshold'>;

/** In the place of the unit in the hub's own events; neither unit nor edge can be called so. */
export const HUB = 'hub';

const RULES: Readonly<
  Record<BuiltInKind, { readonly id: string; readonly name: string; readonly metric: string; readonly event: string }>
> = {
  connectivity: { id: 'built-in-unreachable', name: 'Device unreachable', metric: 'connectivity', event: 'unreachable' },
  'no-data': { id: 'built-in-no-data', name: 'No data', metric: 'no_data', event: 'no-data' },
  edge: { id: 'built-in-edge-offline', name: 'Edge offline', metric: 'edge_connectivity', event: 'edge-offline' },
  hub: { id: 'built-in-hub', name: 'Hub not watching', metric: 'hub_connectivity', event: 'hub' },
};

/** The name under which the bus knows a built-in event's rule. */
export const builtInRuleId = (kind: BuiltInKind): string => RULES[kind].id;

/** How the event is called and whom it concerns: as a rule of its own, so that notification weighs it like any other. */
export function builtInRule(kind: BuiltInKind, unit: string, notify: readonly string[]): Rule {
  const rule = ruleSchema.parse({
    id: RULES[kind].id,
    unit: 'any',
    name: RULES[kind].name,
    metric: { kind: 'connectivity', of: kind === 'edge' || kind === 'hub' ? kind : 'unit' },
    levels: [{ name: 'alarm', threshold: 0 }],
    notify: [...notify],
    cooldown_s: 0,
  });
  return { ...rule, unit };
}

/** A built-in event, as it begins; of an edge, `unit` is the edge. Its id follows from the unit and the last moment at which all was well. */
export function builtInRecord(kind: BuiltInKind, unit: string, sinceMs: number, text: string): EventRecord {
  return {
    id: `${RULES[kind].event}-${unit.slice(0, 40)}-${sinceMs.toString(36)}`,
    kind,
    unit,
    rule: null,
    ruleName: RULES[kind].name,
    wordingMs: 0,
    metric: RULES[kind].metric,
    threshold: null,
    level: 'alarm',
    gravest: 'alarm',
    onsetMs: sinceMs,
    shownMs: sinceMs,
    onsetValue: null,
    peakValue: null,
    peakMs: null,
    clearMs: null,
    endReason: null,
    count: 1,
    late: false,
    status: 'active',
    ackedMs: null,
    ackedBy: null,
    tellings: {},
    steps: [{ atMs: sinceMs, kind: 'onset', text }],
  };
}

/** The event, over: well again, or ended by what a person ordered. */
export function ended(
  record: EventRecord,
  atMs: number,
  text: string,
  endReason: 'recovered' | 'operator' = 'recovered',
): EventRecord {
  const steps = withStep(record.steps, { atMs, kind: 'clear', text });
  return { ...record, status: 'cleared', clearMs: atMs, endReason, steps };
}
