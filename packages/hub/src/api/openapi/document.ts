// The description of every route as OpenAPI 3.1, made from the schemas that check the requests. Pure.
import { z } from 'zod';
import type { Route } from '../route.ts';

type Json = Readonly<Record<string, unknown>>;

const INFO = {
  title: 'SLMM hub',
  version: '1',
  description:
    "Sound level meters: SLMM 0.4.0's own surface under /api/nl43, the surface for new programs under /api/v1. Programs send Authorization: Bearer TOKEN. " +
    'WebSockets: /api/nl43/{unit_id}/monitor, /api/nl43/{unit_id}/stream and /api/v1/live.',
};

/** The document for these routes. Paths and methods in the order of the table. */
export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/' }],
    tags: [
      { name: 'nl43', description: 'As SLMM 0.4.0; differences are in docs/terra-view.md' },
      { name: 'v1', description: 'For new programs' },
    ],
    security: [{ token: [] }],
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}

function operation(route: Route): Json {
  const { method, path, surface, policy, summary, body, bodyOptional, responses } = route;
  return {
    operationId: `${method}${path.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_match, letter: string | undefined) => (letter ?? '').toUpperCase())}`,
    tags: [surface],
    summary,
    ...(policy === 'public' ? { security: [] } : { 'x-policy': policy }),
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: bodyOptional !== true,
            content: { 'application/json': { schema: jsonSchema(body, 'input') } },
          },
        }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, { description, schema, contentType }]) => {
        const type = contentType ?? (surface === 'v1' && Number(status) >= 400 ? 'application/problem+json' : 'application/json');
        if (schema === undefined && contentType === undefined) return [status, { description }];
        return [
          status,
          { description, content: { [type]: schema === undefined ? {} : { schema: jsonSchema(schema, 'output') } } },
        ];
      }),
    ),
  };
}

function pathParameters({ path, params }: Route): readonly Json[] {
  const properties = params === undefined ? {} : propertiesOf(params).properties;
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: properties[name] ?? { type: 'string' },
  }));
}

function queryParameters({ query }: Route): readonly Json[] {
  if (query === undefined) return [];
  const { properties, required } = propertiesOf(query);
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.has(name), schema }));
}

function propertiesOf(schema: z.ZodType): {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required: ReadonlySet<string>;
} {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as { properties?: Json; required?: string[] };
  return { properties, required: new Set(required) };
}

/** JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. What a transform makes is described by what went in. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Record<
    string,
    unknown
  >;
  return rest;
}
