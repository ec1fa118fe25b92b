/** Events that need no rule: a unit that cannot be reached, and silence where readings should be. Pure; engine.ts asks once a second. */
import type { EventRecord } from './event-record.ts';
import { ruleSchema, type Rule } from './rule.ts';

/** How the event is called and whom it concerns: as a rule of its own, so that notification weighs it like any other. */
export function builtInRule(kind: 'connectivity' | 'no-data', unit: string, notify: readonly string[]): Rule {
  return ruleSchema.parse({
    id: kind === 'connectivity' ? 'built-in-unreachable' : 'built-in-no-data',
    unit,
    name: kind === 'connectivity' ? 'Device unreachable' : 'No data',
    metric: { kind: 'connectivity', of: 'unit' },
    levels: [{ name: 'alarm', threshold: 0 }],
    notify: [...notify],
    cooldown_s: 0,
  });
}

/** A built-in event, as it begins. Its id follows from the unit and the last moment at which all was well. */
export function builtInRecord(kind: 'connectivity' | 'no-data', unit: string, sinceMs: number, text: string): EventRecord {
  return {
    id: `${kind === 'connectivity' ? 'unreachable' : 'no-data'}-${unit.slice(0, 40)}-${sinceMs.toString(36)}`,
    kind,
    unit,
    rule: null,
    ruleName: kind === 'connectivity' ? 'Device unreachable' : 'No data',
    metric: kind === 'connectivity' ? 'connectivity' : 'no_data',
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
