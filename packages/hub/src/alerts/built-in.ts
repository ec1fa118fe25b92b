/** Events that need no rule: a unit that cannot be reached, and silence where readings should be. Pure; engine.ts asks once a second. */
import type { EventRecord } from './event-record.ts';
import { ruleSchema, type Rule } from './rule.ts';

export type BuiltInKind = 'connectivity' | 'no-data' | 'edge';
const RULES: Readonly<
  Record<BuiltInKind, { readonly id: string; readonly name: string; readonly metric: string; readonly event: string }>
> = {
  connectivity: { id: 'built-in-unreachable', name: 'Device unreachable', metric: 'connectivity', event: 'unreachable' },
  'no-data': { id: 'built-in-no-data', name: 'No data', metric: 'no_data', event: 'no-data' },
  edge: { id: 'built-in-edge-offline', name: 'Edge offline', metric: 'edge_connectivity', event: 'edge-offline' },
};

/** The name under which the bus knows a built-in event's rule. */
export const builtInRuleId = (kind: BuiltInKind): string => RULES[kind].id;

/** How the event is called and whom it concerns: as a rule of its own, so that notification weighs it like any other. */
export function builtInRule(kind: BuiltInKind, unit: string, notify: readonly string[]): Rule {
  return ruleSchema.parse({
    id: RULES[kind].id,
    unit,
    name: RULES[kind].name,
    metric: { kind: 'connectivity', of: kind === 'edge' ? 'edge' : 'unit' },
    levels: [{ name: 'alarm', threshold: 0 }],
    notify: [...notify],
    cooldown_s: 0,
  });
}

/** A built-in event, as it begins; of an edge, `unit` is the edge. Its id follows from the unit and the last moment at which all was well. */
export function builtInRecord(kind: BuiltInKind, unit: string, sinceMs: number, text: string): EventRecord {
  return {
    id: `${RULES[kind].event}-${unit.slice(0, 40)}-${sinceMs.toString(36)}`,
    kind,
    unit,
    rule: null,
    ruleName: RULES[kind].name,
    metric: RULES[kind].metric,
    threshold: null,
    level: 'alarm',
    gravest: 'alarm',
    onsetMs: sinceMs,
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
    steps: [{ atMs: sinceMs, kind: 'onset', text }],
  };
}

/** Whether a unit's silence is worth an event. Where something above it explains the silence, that is told instead. */
export function isSilent(lastArrivalMs: number, afterS: number | null, explained: boolean, nowMs: number): boolean {
  return afterS !== null && !explained && nowMs - lastArrivalMs > afterS * 1000;
}
