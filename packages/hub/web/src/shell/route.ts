/** Where the page is. The address is kept behind `#`, so the hub serves one file and a link can be sent to a colleague. */
export type Route =
  | { readonly name: 'fleet' }
  | { readonly name: 'setup' }
  | { readonly name: 'unit'; readonly unit: string }
  | { readonly name: 'alerts'; readonly room: AlertRoom }
  | { readonly name: 'event'; readonly event: string };

export type AlertRoom = 'inbox' | 'rules' | 'people';

export function readRoute(hash: string): Route {
  const [room, id, ...rest] = hash.replace(/^#\/?/, '').split('/');
  if (room === 'setup') return { name: 'setup' };
  if (room === 'alerts') return { name: 'alerts', room: id === 'rules' || id === 'people' ? id : 'inbox' };
  if (room === 'event' && id !== undefined && /^[\w.-]+$/.test(id)) return { name: 'event', event: id };
  if (room !== 'unit' || id === undefined || id === '' || rest.length > 0) return { name: 'fleet' };
  try {
    return { name: 'unit', unit: decodeURIComponent(id) };
  } catch {
    return { name: 'fleet' };
  }
}

export function hashOf(route: Route): string {
  if (route.name === 'setup') return '#/setup';
  if (route.name === 'alerts') return route.room === 'inbox' ? '#/alerts' : `#/alerts/${route.room}`;
  if (route.name === 'event') return `#/event/${route.event}`;
  return route.name === 'unit' ? `#/unit/${encodeURIComponent(route.unit)}` : '#/';
}
