import { idSchema } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import type { TokenRecord } from '../../access/access-store.ts';
import { ok, type Route, route } from '../route.ts';
import { namePage, namePageQuery, nextMark } from './name-page.ts';
import { problem } from './problem.ts';
import { NOT_FOUND } from './responses.ts';

const roleSchema = z.enum(['admin', 'operator', 'viewer']);
const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  units: z.array(z.string()).nullable(),
  created_at: z.string(),
});

/** `/api/v1/tokens`: who may come in. */
export const tokenRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/tokens',
    surface: 'v1',
    policy: 'administer',
    summary: 'All tokens, without their text',
    query: z.object(namePageQuery),
    responses: {
      200: { description: 'The tokens', schema: z.object({ count: z.int(), next: nextMark, tokens: z.array(tokenSchema) }) },
    },
    handle: async ({ services, query }) => {
      const all = (await services.access.tokens()).map(shown);
      const { shown: tokens, next } = namePage(all, query, ({ created_at: created, id }) => `${created} ${id}`);
      return ok({ count: tokens.length, next, tokens });
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/tokens',
    surface: 'v1',
    policy: 'administer',
    summary: 'Makes a token and shows its text once',
    body: z.object({
      name: z.string().min(1).max(100),
      role: roleSchema,
      units: z.array(idSchema).max(1000).nullable().default(null),
    }),
    responses: {
      201: { description: 'The token: keep it, it is not shown again', schema: tokenSchema.extend({ token: z.string() }) },
    },
    handle: async ({ services, body }) => {
      const issued = await services.access.issueToken(body);
      return { status: 201, body: { ...shown(issued), token: issued.token } };
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/tokens/{id}',
    surface: 'v1',
    policy: 'administer',
    summary: 'Revokes a token: its sessions and live connections end within 10 s',
    params: z.object({ id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'expected the id of a token' }) }),
    responses: { 204: { description: 'It is revoked' }, 404: NOT_FOUND },
    handle: async ({ services, params: { id } }) => {
      const was = await services.access.revokeToken(id);
      return was ? { status: 204, body: null } : problem(404, 'There is no such token.');
    },
  }),
];

function shown({ id, name, role, units, createdMs }: TokenRecord) {
  return { id, name, role, units, created_at: toInstant(createdMs) };
}
