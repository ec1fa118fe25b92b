import type { EdgeOverview } from '@slmm/protocol/live';
import { useState } from 'preact/hooks';
import { SeverityMark } from '../fleet/marks.tsx';
import { textFields } from '../shell/form-fields.ts';
import type { Asked } from '../shell/use-asked.ts';
import { useNowMs } from '../shell/use-hub.ts';
import { edgeFacts, edgeStanding } from './edge-standing.ts';
import { startLines } from './edge-start.ts';
import { type EnrolledEdge, enrolEdge, revokeEdge } from './setup-api.ts';

/** The agents: how each stands, and for administrators the way to enrol one. */
export function EdgesPanel({
  asked: { value, fault, again },
  mayEnrol,
}: {
  readonly asked: Asked<{ readonly edges: readonly EdgeOverview[] }>;
  readonly mayEnrol: boolean;
}) {
  const nowMs = useNowMs();
  const [made, setMade] = useState<EnrolledEdge | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const enrol = async (edge: string, renew: boolean): Promise<boolean> => {
    const answer = await enrolEdge(edge, renew);
    setProblem(answer.kind === 'failed' ? answer.reason : null);
    if (answer.kind === 'ok') setMade(answer.value);
    again();
    return answer.kind === 'ok';
  };
  const revoke = async (edge: string): Promise<void> => {
    const answer = await revokeEdge(edge);
    setProblem(answer.kind === 'failed' ? answer.reason : null);
    setMade(null);
    again();
  };
  return (
    <section class="panel" aria-labelledby="edges-head">
      <h2 id="edges-head">Edges</h2>
      {value === null && <p class="hint">{fault ?? 'Reading the edges…'}</p>}
      {value?.edges.length === 0 && <p class="hint">None yet. An edge is the agent that stands beside the meters.</p>}
      <ul class="listed">
        {value?.edges.map((edge) => (
          <li key={edge.edge} data-edge={edge.edge}>
            <EdgeEntry edge={edge} nowMs={nowMs} />
            {mayEnrol && (
              <p class="buttons">
                <button
                  type="button"
                  class="quiet"
                  onClick={() =>
                    window.confirm(`Give edge ${edge.edge} a new secret? The agent is shut out until it has it.`) &&
                    void enrol(edge.edge, true)
                  }
                >
                  New secret<span class="unseen"> for {edge.edge}</span>
                </button>
                <button
                  type="button"
                  class="quiet"
                  onClick={() =>
                    window.confirm(`Revoke edge ${edge.edge}? It is disconnected; its history stays.`) && void revoke(edge.edge)
                  }
                >
                  Revoke<span class="unseen"> {edge.edge}</span>
                </button>
              </p>
            )}
          </li>
        ))}
      </ul>
      {made !== null && <Secret enrolled={made} />}
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {mayEnrol && (
        <form
          class="form"
          onSubmit={(submit) => {
            submit.preventDefault();
            const form = submit.currentTarget;
            void enrol(textFields(form).get('edge') ?? '', false).then((isMade) => isMade && form.reset());
          }}
        >
          <label>
            New edge (its id stands in every topic and cannot be changed)
            <input name="edge" required pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,63}" placeholder="site-7" autocomplete="off" />
          </label>
          <p>
            <button type="submit">Enrol edge</button>
          </p>
        </form>
      )}
    </section>
  );
}

function EdgeEntry({ edge, nowMs }: { readonly edge: EdgeOverview; readonly nowMs: number }) {
  const { severity, label, sentence } = edgeStanding(edge, nowMs);
  return (
    <>
      <h3>{edge.edge}</h3>
      <p class={`say plain ${severity}`}>
        <SeverityMark severity={severity} />
        <span>
          <strong>{label}.</strong> {sentence}
        </span>
      </p>
      <dl class="figures">
        {edgeFacts(edge).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** A secret as it is shown once, with the lines that start the agent. */
function Secret({ enrolled }: { readonly enrolled: EnrolledEdge }) {
  const { edge, broker } = enrolled;
  return (
    <div class="say wide secret" role="status">
      <div>
        <p>
          {broker.url === null ? (
            <>
              <strong>The secret of edge {edge} is not shown again.</strong> Start the agent with it beside the meters:
            </>
          ) : (
            <>
              <strong>Edge {edge} is enrolled.</strong> The hub uses an external broker with a list of users of its own: give it a
              user {edge} with a password, and start the agent with that beside the meters:
            </>
          )}
        </p>
        <pre>{startLines(enrolled, window.location.hostname)}</pre>
      </div>
    </div>
  );
}
