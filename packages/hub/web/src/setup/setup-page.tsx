import { hashOf } from '../shell/route.ts';
import { useAsked } from '../shell/use-asked.ts';
import { useHubState } from '../shell/use-hub.ts';
import { EdgesPanel } from './edges-panel.tsx';
import { readEdges } from './setup-api.ts';
import { UnitsPanel } from './units-panel.tsx';

const ASK_EVERY_MS = 5_000;

/** What there is: the edges beside the meters and the meters themselves. */
export function SetupPage() {
  const edges = useAsked(readEdges, ASK_EVERY_MS);
  const { session } = useHubState();
  const role = session.name === 'signed-in' ? (session.view?.role ?? 'viewer') : 'viewer';
  return (
    <>
      <div class="page-head">
        <p class="crumbs">
          <a href={hashOf({ name: 'fleet' })}>Fleet</a>
        </p>
        <h1>Edges and units</h1>
      </div>
      <div class="two">
        <EdgesPanel asked={edges} mayEnrol={role === 'admin'} />
        <UnitsPanel edges={edges.value?.edges.map(({ edge }) => edge) ?? []} mayChange={role !== 'viewer'} />
      </div>
    </>
  );
}
