import { type AlertRoom, hashOf } from '../shell/route.ts';
import { Inbox } from './inbox.tsx';
import { PeoplePage } from './people-page.tsx';
import { RulesPage } from './rules-page.tsx';

const ROOMS: readonly (readonly [AlertRoom, string])[] = [
  ['inbox', 'Inbox'],
  ['rules', 'Rules'],
  ['people', 'Receivers and silences'],
];

/** What happened, what is watched, who is told. */
export function AlertsPage({ room }: { readonly room: AlertRoom }) {
  return (
    <>
      <div class="page-head">
        <p class="crumbs">
          <a href={hashOf({ name: 'fleet' })}>Fleet</a>
        </p>
        <h1>Alerts</h1>
        <nav class="rooms" aria-label="Alerts">
          {ROOMS.map(([name, text]) => (
            <a key={name} href={hashOf({ name: 'alerts', room: name })} aria-current={name === room ? 'page' : undefined}>
              {text}
            </a>
          ))}
        </nav>
      </div>
      {room === 'inbox' && <Inbox />}
      {room === 'rules' && <RulesPage />}
      {room === 'people' && <PeoplePage />}
    </>
  );
}
