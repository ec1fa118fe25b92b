/** What stands written of a time that was told again: that which the new telling is compared with. Neighbours: retelling.ts told it, reconcile.ts compares. */
import type { AlertStore } from '../alert-store.ts';
import type { EventRecord } from '../records/event-record.ts';
import { wordingKey } from '../rules/rule-in-force.ts';
import type { Retold } from './retelling.ts';

/** Written events that are compared at once; those beyond it are found by their ids alone. */
const MAX_RECORDS = 100_000;

/** Events of this unit in the time that was told, of the wordings that told it. Everything must be on disk. */
export async function writtenOf(
  unit: string,
  { from, alerts, stories, firstMs }: Retold,
  store: Pick<AlertStore, 'events'>,
): Promise<EventRecord[]> {
  const failing = new Set(alerts.failures().map(({ rule }) => rule));
  const telling = new Set(
    alerts.wordings.filter(({ rule }) => !failing.has(rule.id)).map(({ rule, sinceMs }) => wordingKey(rule.id, sinceMs)),
  );
  const onsets = [...stories.values()].map(({ onsetMs }) => onsetMs);
  const fromMs = onsets.reduce((least, onsetMs) => Math.min(least, onsetMs), from.atMs);
  const found = await store.events({ unit, fromMs, superseded: true, limit: MAX_RECORDS });
  const told = new Set([...stories.values()].map(({ rule, onsetMs }) => `${rule} ${onsetMs}`));
  return (
    found
      .map(({ record }) => record)
      .filter(({ rule, wordingMs }) => rule !== null && telling.has(wordingKey(rule, wordingMs)))
      // What was over before is not told again, unless it could go on.
      .filter(({ rule, onsetMs, clearMs }) => clearMs === null || clearMs > from.atMs || told.has(`${rule ?? ''} ${onsetMs}`))
      // Of a time whose readings are no longer kept nothing can be told again.
      .filter(({ shownMs }) => from.newest !== null || (firstMs !== null && shownMs >= firstMs))
  );
}
