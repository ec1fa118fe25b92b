/** Where the page is. The address is kept behind `#`, so the hub serves one file and a link can be sent to a colleague. */
export type Route =
  | { readonly name: 'fleet' }
  | { readonly name: 'setup' }
  | { readonly name: 'unit'; readonly unit: string }
  /** `query`: what of it is shown, as history/view.ts writes it. */
  | { readonly name: 'history'; readonly unit: string; readonly query: string }
  | { readonly name: 'alerts'; readonly room: AlertRoom }
  | { readonly name: 'event'; readonly event: string };

export type AlertRoom = 'inbox' | 'rules' | 'people';

export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [room, id, ...rest] = path.split('/');
  if (room === 'setup') return { name: 'setup' };
  if (room === 'alerts') return { name: 'alerts', room: id === 'rules' || id === 'people' ? id : 'inbox' };
  if (room === 'event' && id !== undefined && /^[\w.-]+$/.test(id)) return { name: 'event', event: id };
  if ((room !== 'unit' && room !== 'history') || id === undefined || id === '' || rest.length > 0) return { name: 'fleet' };
  try {
    const unit = decodeURIComponent(id);
    return room === 'unit' ? { name: 'unit', unit } : { name: 'history', unit, query };
  } catch {
    return { name: 'fleet' };
  }
}

export function hashOf(route: Route): string {
  if (route.name === 'setup') return '#/setup';
  if (route.name === 'alerts') return route.room === 'inbox' ? '#/alerts' : `#/alerts/${route.room}`;
  if (route.name === 'event') return `#/event/${route.event}`;
  if (route.name === 'history')
    return `#/history/${encodeURIComponent(route.unit)}${route.query === '' ? '' : `?${route.query}`}`;
  return route.name === 'unit' ? `#/unit/${encodeURIComponent(route.unit)}` : '#/';
}
