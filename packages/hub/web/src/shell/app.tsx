import { useEffect, useState } from 'preact/hooks';
import { AlertBadge } from '../alerts/alert-badge.tsx';
import { AlertsPage } from '../alerts/alerts-page.tsx';
import { EventPage } from '../alerts/event-page.tsx';
import '../alerts/alerts.css';
import { HistoryPage } from '../history/history-page.tsx';
import '../history/history.css';
import { FleetPage } from '../fleet/fleet-page.tsx';
import { SetupPage } from '../setup/setup-page.tsx';
import { UnitPage } from '../unit/unit-page.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { hashOf, readRoute, type Route } from './route.ts';
import { SignIn } from './sign-in.tsx';
import { ThemeSwitch } from './theme-switch.tsx';
import { useHub, useHubState } from './use-hub.ts';

const TITLES = {
  fleet: 'Fleet',
  unit: 'Unit',
  history: 'History',
  setup: 'Edges and units',
  alerts: 'Alerts',
  event: 'Alerts',
} as const;

/** The frame around every room: where we are, whether the hub is there, which room is open. */
export function App() {
  const hub = useHub();
  const state = useHubState();
  const [route, setRoute] = useState<Route>(() => readRoute(window.location.hash));

  useEffect(() => {
    const follow = () => setRoute(readRoute(window.location.hash));
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);

  const unit = route.name === 'unit' ? route.unit : null;
  const named = route.name === 'history' ? `History of ${route.unit}` : unit;
  const isIn = state.session.name === 'signed-in';
  useEffect(() => {
    if (isIn && state.isLoaded) hub.focus(unit);
  }, [hub, unit, isIn, state.isLoaded]);
  useEffect(() => {
    document.title = named === null ? `SLMM · ${TITLES[route.name]}` : `${named} · SLMM`;
    window.scrollTo(0, 0);
  }, [named, route.name]);

  return (
    <>
      <header class="top">
        <a class="brand" href="#/" aria-label="SLMM, to the fleet">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M7.5 16.5v3M13.2 10.5v11M18.8 13.5v6M24.5 7.5v17" />
          </svg>
          SLMM
        </a>
        {isIn && <AlertBadge isHere={route.name === 'alerts' || route.name === 'event'} />}
        {isIn && (
          <a class="room-link" href={hashOf({ name: 'setup' })} aria-current={route.name === 'setup' ? 'page' : undefined}>
            Set-up
          </a>
        )}
        <span class="top-space" />
        {state.session.name === 'signed-in' && state.session.view !== null && (
          <>
            <span class="who">{state.session.view.name}</span>
            <button type="button" class="quiet" onClick={() => void hub.leave()}>
              Sign out
            </button>
          </>
        )}
        <ThemeSwitch />
      </header>
      <main id="main">
        {isIn && <ConnectionBanner />}
        {state.session.name === 'asking' && <p class="hint">Asking the hub…</p>}
        {state.session.name === 'signed-out' && <SignIn />}
        {isIn && route.name === 'fleet' && <FleetPage />}
        {isIn && route.name === 'setup' && <SetupPage />}
        {isIn && route.name === 'unit' && <UnitPage key={route.unit} unit={route.unit} />}
        {isIn && route.name === 'history' && <HistoryPage key={route.unit} unit={route.unit} query={route.query} />}
        {isIn && route.name === 'alerts' && <AlertsPage room={route.room} />}
        {isIn && route.name === 'event' && <EventPage key={route.event} id={route.event} />}
      </main>
    </>
  );
}
