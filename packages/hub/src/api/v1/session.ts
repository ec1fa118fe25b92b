import type { SessionView } from '@slmm/protocol';
import { z } from 'zod';
import { ok, type Person, type Route, route } from '../route.ts';
import { v1Surface } from './problem.ts';

const path = '/api/v1/session';
const sessionSchema = z.object({ name: z.string(), role: z.enum(['admin', 'operator', 'viewer']) });

/** `/api/v1/session`: who is signed in, in the browser. Programs send their token with each request and need none of this. */
export const sessionRoutes: readonly Route[] = [
  route({
    method: 'get',
    path,
    surface: 'v1',
    policy: 'read',
    summary: 'Who is calling',
    responses: { 200: { description: 'The caller', schema: sessionSchema } },
    handle: ({ by }) => (by === null ? v1Surface.unauthenticated('Sign in first.') : ok(view(by))),
  }),
  route({
    method: 'post',
    path,
    surface: 'v1',
    policy: 'public',
    isSignIn: true,
    summary: 'Signs a browser in: a good token is answered with a session cookie',
    body: z.object({ token: z.string().min(1).max(512) }),
    responses: {
      200: { description: 'The caller; the cookie is set', schema: sessionSchema },
    },
    handle: async ({ services, body }) => {
      const opened = await services.access.openSession(body.token);
      if (opened === null || opened.identity.kind !== 'person')
        return v1Surface.unauthenticated('This token is unknown or revoked.');
      return { ...ok(view(opened.identity)), session: opened };
    },
  }),
  route({
    method: 'delete',
    path,
    surface: 'v1',
    policy: 'public',
    summary: 'Signs the browser out',
    responses: { 204: { description: 'The session is over' } },
    handle: async ({ services, session }) => {
      if (session !== null) await services.access.closeSession(session);
      return { status: 204, body: null, session: null };
    },
  }),
];

function view({ name, role }: Person): SessionView {
  return { name, role };
}
