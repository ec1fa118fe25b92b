import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { HubState, HubView } from './hub-view.ts';

export const HubContext = createContext<HubView | null>(null);

export function useHub(): HubView {
  const hub = useContext(HubContext);
  if (hub === null) throw new Error('a component that needs the hub stands outside of HubContext');
  return hub;
}

/** The hub's state; the component draws again when it changes. */
export function useHubState(): HubState {
  const hub = useHub();
  const [state, setState] = useState(hub.state);
  useEffect(() => {
    setState(hub.state);
    return hub.listen(() => setState(hub.state));
  }, [hub]);
  return state;
}

/** The hub's time, once a second: for ages that grow while nothing arrives. */
export function useNowMs(): number {
  const hub = useHub();
  const [nowMs, setNowMs] = useState(hub.nowMs());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(hub.nowMs()), 1000);
    return () => clearInterval(timer);
  }, [hub]);
  return nowMs;
}

/** The zone in which this browser lives. */
export const VIEWER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
