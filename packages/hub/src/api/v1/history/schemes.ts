import { z } from 'zod';
import { type Scheme, schemeSchema } from '../../../history/periods/scheme.ts';
import { SHIPPED_SCHEMES } from '../../../history/periods/shipped-schemes.ts';
import { ok, type Route, route } from '../../route.ts';
import type { ApiServices } from '../../services.ts';
import { problem } from '../problem.ts';
import { CONFLICT, NOT_FOUND } from '../responses.ts';

const MAX_SCHEMES = 200;
export const schemePath = z.object({ scheme: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/) });

/** `/api/v1/schemes`: rating schemes as data. */
export const schemeRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/schemes',
    surface: 'v1',
    policy: 'read',
    summary: 'All rating schemes: those that came with the hub and those that were added',
    responses: {
      200: {
        description: 'The schemes',
        schema: z.object({ count: z.int(), schemes: z.array(schemeSchema.extend({ shipped: z.boolean() })) }),
      },
    },
    handle: async ({ services }) => {
      const added = await addedSchemes(services);
      const schemes = [
        ...SHIPPED_SCHEMES.map((scheme) => ({ ...scheme, shipped: true })),
        ...added.map((scheme) => ({ ...scheme, shipped: false })),
      ];
      return ok({ count: schemes.length, schemes });
    },
  }),
  route({
    method: 'put',
    path: '/api/v1/schemes/{scheme}',
    surface: 'v1',
    policy: 'administer',
    summary: 'Adds a scheme or replaces one that was added',
    params: schemePath,
    body: schemeSchema.omit({ id: true }),
    responses: {
      200: { description: 'The scheme as stored', schema: schemeSchema },
      409: CONFLICT,
    },
    handle: async ({ services, params: { scheme: id }, body }) => {
      if (SHIPPED_SCHEMES.some((one) => one.id === id))
        return problem(409, `${id} came with the hub and stays as it is; take another name.`);
      const added = await addedSchemes(services);
      if (added.length >= MAX_SCHEMES && !added.some((one) => one.id === id))
        return problem(409, `There are ${MAX_SCHEMES} schemes already; delete one first.`);
      const scheme: Scheme = { id, ...body };
      await services.annotations.putScheme(id, scheme);
      return ok(scheme);
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/schemes/{scheme}',
    surface: 'v1',
    policy: 'administer',
    summary: 'Removes a scheme that was added',
    params: schemePath,
    responses: { 204: { description: 'It is gone' }, 404: NOT_FOUND },
    handle: async ({ services, params: { scheme: id } }) =>
      (await services.annotations.deleteScheme(id))
        ? { status: 204, body: null }
        : problem(404, `There is no added scheme ${id}.`),
  }),
];

/** A scheme by its id, whoever brought it; `null` for none. */
export async function schemeNamed(services: ApiServices, id: string): Promise<Scheme | null> {
  return (
    SHIPPED_SCHEMES.find((scheme) => scheme.id === id) ??
    (await addedSchemes(services)).find((scheme) => scheme.id === id) ??
    null
  );
}

async function addedSchemes(services: ApiServices): Promise<readonly Scheme[]> {
  return (await services.annotations.schemes()).map((stored) => schemeSchema.parse(stored));
}
