import { InvariantError } from '@slmm/shared';
import type { Express } from 'express';
import { nl43Surface } from '../../api/nl43/surface.ts';
import type { Route, RoutePolicy, SurfaceName } from '../../api/route.ts';
import type { Surface } from '../../api/surface.ts';
import { v1Surface } from '../../api/v1/problem.ts';
import { type Gate, serveRoute } from './serve-route.ts';
import { writeAnswer } from './write-answer.ts';

const SURFACES: Readonly<Record<SurfaceName, Surface>> = { nl43: nl43Surface, v1: v1Surface };
const POLICIES: ReadonlySet<RoutePolicy | undefined> = new Set<RoutePolicy>(['public', 'read', 'operate', 'administer']);

/** Puts the table of routes into the application: the only way in. A route without a policy, or twice the same route, is a bug and ends the start. */
export function registerRoutes(app: Express, routes: readonly Route[], gate: Gate): void {
  const methods = new Map<string, Set<string>>();
  for (const route of routes) {
    if (!POLICIES.has(route.policy)) throw new InvariantError(`${route.method} ${route.path} has no policy`);
    const known = methods.get(route.path) ?? new Set<string>();
    if (known.has(route.method)) throw new InvariantError(`${route.method} ${route.path} is registered twice`);
    methods.set(route.path, known.add(route.method));
    app[route.method](expressPath(route.path), serveRoute(route, SURFACES[route.surface], gate));
  }
  for (const [path, known] of methods) {
    const surface = surfaceOf(path);
    const allow = [...known].map((method) => method.toUpperCase()).join(', ');
    app.all(expressPath(path), (_request, response) => {
      response.set('allow', allow);
      writeAnswer(response, surface.wrongMethod());
    });
  }
}

/** `/units/{unit}` is `/units/:unit` in Express. */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** The shape of errors under a path. */
export function surfaceOf(path: string): Surface {
  return path.startsWith('/api/nl43') || path.startsWith('/health') ? nl43Surface : v1Surface;
}
