// The description of every route as OpenAPI 3.1, made from the schemas that check the requests. Pure.
import { z } from 'zod';
import { detailSchema, invalidSchema } from '../nl43/responses.ts';
import type { Response, Route, SurfaceName } from '../route.ts';
import { problemResponse, problemSchema } from '../v1/responses.ts';
import { type Socket, SOCKETS } from './sockets.ts';

type Json = Readonly<Record<string, unknown>>;

const INFO = {
  title: 'SLMM hub',
  version: '1',
  description:
    "Sound level meters: SLMM 0.4.0's own surface under /api/nl43, the surface for new programs under /api/v1. Programs send Authorization: Bearer TOKEN; " +
    'WebSockets take the same header, the session cookie of a page of the hub, or ?token=.',
};

/** Schemas that stand once in the document and are pointed at. */
const SHARED: ReadonlyMap<z.ZodType, string> = new Map<z.ZodType, string>([
  [detailSchema, 'Detail'],
  [invalidSchema, 'Invalid'],
  [problemSchema, 'Problem'],
]);

/** The document for these routes. Paths and methods in the order of the table. */
export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operation(route);
  for (const socket of SOCKETS) (paths[socket.path] ??= {})['get'] = socketOperation(socket);
  const schemas = Object.fromEntries([...SHARED].map(([schema, name]) => [name, jsonSchema(schema, 'output')]));
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
    components: { schemas, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}

/** What a route answers: its own, and what every route of its kind may, so that no route has to say that. Its own words go first. */
export function responsesOf(route: Route): Readonly<Record<number, Response>> {
  const { surface, policy, path, query, body, isSignIn, responses } = route;
  const isOpen = policy === 'public' && isSignIn !== true;
  const isChecked = path.includes('{') || query !== undefined || body !== undefined;
  return {
    ...(isOpen
      ? {}
      : { 401: failure(surface, 'No token, or a bad one'), 429: failure(surface, 'Too many failed sign-ins from this address') }),
    ...(isOpen ? {} : { 403: failure(surface, 'The caller may not do this') }),
    ...(body === undefined ? {} : { 413: failure(surface, 'The body is too long') }),
    ...(isChecked ? { 422: failure(surface, 'The request is not valid', invalidSchema) } : {}),
    500: failure(surface, 'A bug of the hub'),
    ...responses,
  };
}

/** `schema` is that of SLMM's surface; the other has one for all errors. */
const failure = (surface: SurfaceName, description: string, schema: z.ZodType = detailSchema): Response =>
  surface === 'nl43' ? { description, schema } : problemResponse(description);

function operation(route: Route): Json {
  const { method, path, surface, policy, summary, body, bodyOptional } = route;
  return {
    operationId: idOf(method, path),
    tags: [surface],
    summary,
    ...(policy === 'public' ? { security: [] } : { 'x-policy': policy }),
    parameters: [...pathParameters(path, route.params), ...queryParameters(route)],
    ...(body === undefined
      ? {}
      : { requestBody: { required: bodyOptional !== true, content: content('application/json', body, 'input') } }),
    responses: Object.fromEntries(
      Object.entries(responsesOf(route)).map(([status, response]) => [status, responseObject(response, surface, Number(status))]),
    ),
  };
}

function socketOperation({ path, surface, summary, description, params, request }: Socket): Json {
  return {
    operationId: idOf('get', path),
    tags: [surface],
    summary,
    description,
    'x-policy': 'read',
    'x-websocket': { request: request === undefined ? null : jsonSchema(request, 'input') },
    parameters: [
      ...pathParameters(path, params),
      { name: 'token', in: 'query', required: false, schema: { type: 'string' }, description: 'Where no header can be sent' },
    ],
    responses: Object.fromEntries(
      Object.entries({
        101: { description: 'Messages follow, as JSON text' },
        401: failure(surface, 'No token, or a bad one'),
        403: failure(surface, 'The caller may not see this unit, or the page is of another site'),
        404: failure(surface, 'Not asked for as a WebSocket, or no id'),
        429: failure(surface, 'Too many failed sign-ins from this address'),
        503: failure(surface, 'Too many viewers'),
      }).map(([status, response]) => [status, responseObject(response, surface, Number(status))]),
    ),
  };
}

const idOf = (method: string, path: string): string =>
  `${method}${path.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_match, letter: string | undefined) => (letter ?? '').toUpperCase())}`;

function responseObject({ description, schema, contentType }: Response, surface: SurfaceName, status: number): Json {
  const type = contentType ?? (surface === 'v1' && status >= 400 ? 'application/problem+json' : 'application/json');
  if (schema === undefined && contentType === undefined) return { description };
  return { description, content: schema === undefined ? { [type]: {} } : content(type, schema, 'output') };
}

const content = (type: string, schema: z.ZodType, io: 'input' | 'output'): Json => ({
  [type]: { schema: pointedAt(schema, io) },
});

function pointedAt(schema: z.ZodType, io: 'input' | 'output'): Json {
  const name = SHARED.get(schema);
  return name === undefined ? jsonSchema(schema, io) : { $ref: `#/components/schemas/${name}` };
}

function pathParameters(path: string, params: z.ZodType | undefined): readonly Json[] {
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
