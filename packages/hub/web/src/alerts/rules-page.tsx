import { useState } from 'preact/hooks';
import { formatLevel } from '../format/level.ts';
import { hashOf } from '../shell/route.ts';
import { TimeText } from '../shell/time-text.tsx';
import { useHubState, useNowMs } from '../shell/use-hub.ts';
import { deleteRule, readRules, type RuleView } from './alert-api.ts';
import { isPresent, metricText, rulePhrases, standingText } from './alert-model.ts';
import { emptyForm, formOf, type RuleForm as Form } from './rule-form-model.ts';
import { RuleForm } from './rule-form.tsx';
import { useAsked } from '../shell/use-asked.ts';

/** What is watched, unit by unit, and where each rule stands. */
export function RulesPage() {
  const { value, fault, again } = useAsked(readRules, 5_000);
  const { fleet } = useHubState();
  const [form, setForm] = useState<Form | null>(null);
  const units = [...fleet.keys()];
  if (form !== null)
    return (
      <RuleForm
        key={form.id ?? 'new'}
        begin={form}
        units={units}
        done={() => {
          setForm(null);
          again();
        }}
      />
    );
  if (value === null) return <p class="hint">{fault ?? 'Reading the rules…'}</p>;
  const byUnit = new Map<string, RuleView[]>();
  for (const view of value.rules) byUnit.set(view.rule.unit, [...(byUnit.get(view.rule.unit) ?? []), view]);
  return (
    <>
      {fault !== null && (
        <p class="banner" role="alert">
          The rules are not up to date: {fault}.
        </p>
      )}
      <p class="filter">
        <button type="button" onClick={() => setForm(emptyForm(units[0] ?? ''))}>
          New rule
        </button>
      </p>
      {byUnit.size === 0 && (
        <p class="panel">No rules yet. What is wrong with units and edges is recorded and shown, and nobody is told.</p>
      )}
      {[...byUnit].map(([unit, rules]) => (
        <section key={unit} class="panel">
          <h2>{unit}</h2>
          <ul class="rules">
            {rules.map((view) => (
              <RuleLine
                key={view.rule.id}
                view={view}
                edit={() => setForm(formOf(view.rule, unit))}
                remove={() => {
                  if (window.confirm(`Delete the rule “${view.rule.name}” of ${unit}? Its events stay.`))
                    void deleteRule(view.rule.id).then(again);
                }}
              />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function RuleLine({ view, edit, remove }: { readonly view: RuleView; readonly edit: () => void; readonly remove: () => void }) {
  const { rule, standing, warning } = view;
  const stands = standingText(view);
  const event = standing?.event_id ?? null;
  const nowMs = useNowMs();
  const hasFigures = rule.metric.kind !== 'health' && rule.metric.kind !== 'connectivity';
  return (
    <li data-rule={rule.id}>
      <p class="event-head">
        <span class={`chip ${stands.tone}`}>{stands.word}</span>
        <strong>{rule.name}</strong>
        <span class="top-space" />
        <button type="button" class="quiet" onClick={edit}>
          Change<span class="unseen"> {rule.name}</span>
        </button>
        <button type="button" class="quiet" onClick={remove}>
          Delete<span class="unseen"> {rule.name}</span>
        </button>
      </p>
      <p class="event-facts">
        <span>{metricText(rule.metric)}</span>
        {rulePhrases(view).map((phrase) => (
          <span key={phrase}>{phrase}</span>
        ))}
      </p>
      <p class="event-facts">
        {standing?.value != null && standing.at !== null && hasFigures && (
          <span>
            {isPresent(standing.at, nowMs) ? 'now' : <TimeText at={standing.at} full />} {formatLevel(standing.value)}
          </span>
        )}
        {standing?.reason != null && <span>{standing.reason}</span>}
        {event !== null && <a href={hashOf({ name: 'event', event })}>the event</a>}
      </p>
      {standing?.failure != null && <p class="problem">This rule does not work: {standing.failure}</p>}
      {warning !== null && <p class="missed">{warning}</p>}
    </li>
  );
}
