/** Where the page is. The address is kept behind `#`, so the hub serves one file and a link can be sent to a colleague. */
export type Route = { readonly name: 'fleet' } | { readonly name: 'unit'; readonly unit: string };

export function readRoute(hash: string): Route {
  const [room, id, ...rest] = hash.replace(/^#\/?/, '').split('/');
  if (room !== 'unit' || id === undefined || id === '' || rest.length > 0) return { name: 'fleet' };
  try {
    return { name: 'unit', unit: decodeURIComponent(id) };
  } catch {
    return { name: 'fleet' };
  }
}

export function hashOf(route: Route): string {
  return route.name === 'unit' ? `#/unit/${encodeURIComponent(route.unit)}` : '#/';
}
