import type { z } from 'zod';
import type { Action, Identity } from '../access/identity.ts';
import type { ApiServices } from './services.ts';

/** Which part of the API a route belongs to: decides the shape of its errors. */
export type SurfaceName = 'nl43' | 'v1';

/** A person or program that calls; edges have no business on the API. */
export type Person = Extract<Identity, { kind: 'person' }>;

/**
 * What a caller needs. `public`: nothing at all, so such a route says as little as it can.
 * Every other action is asked of the one policy, for the unit in the path where there is one.
 */
export type RoutePolicy = Action | 'public';

/** What a route answers. `body` goes out as JSON; `text` goes out as it is; `bytes` piece by piece. */
export type Answer = {
  readonly status: number;
  /** A cookie session that begins (`session`) or ends (`null`) with this answer. */
  readonly session?: { readonly session: string; readonly expiresMs: number } | null;
  readonly headers?: Readonly<Record<string, string>>;
} & (
  | { readonly body: unknown }
  | { readonly text: string; readonly contentType: string }
  | { readonly bytes: AsyncIterable<Uint8Array>; readonly contentType: string }
);

/** One request, checked against the route's schemas. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Who calls; on a public route `null` when nobody is known. */
  readonly by: Person | null;
  /** The caller's cookie session, where it has one. */
  readonly session: string | null;
  /** The address of the caller's end of the connection. */
  readonly address: string;
  readonly services: ApiServices;
}

/** One documented answer. */
export interface Response {
  readonly description: string;
  /** Absent where the body is empty or not JSON. */
  readonly schema?: z.ZodType;
  /** Where it is not `application/json`. */
  readonly contentType?: string;
}

export type Method = 'get' | 'post' | 'put' | 'delete';

/** A route as data: the server registers it, the policy guards it, OpenAPI describes it. */
export interface Route {
  readonly method: Method;
  /** OpenAPI's way of writing: `/api/v1/units/{unit}`. */
  readonly path: string;
  readonly surface: SurfaceName;
  readonly policy: RoutePolicy;
  /** One line for the documents. */
  readonly summary: string;
  /** Absent: the parameters of the path are ids. */
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** The body may be left out; then it is taken for `{}`. */
  readonly bodyOptional?: boolean;
  /** For routes whose unit is in the body. */
  readonly unitOf?: (call: Call) => string | null;
  /** It tries a credential: a 401 counts as a failed sign-in, and after too many the address has to wait. */
  readonly isSignIn?: boolean;
  /** What it answers beside the errors that all routes of its kind have (openapi/document.ts adds those). */
  readonly responses: Readonly<Record<number, Response>>;
  readonly handle: (call: Call) => Promise<Answer> | Answer;
}

/** The type of what a schema lets through; `undefined` without a schema. */
type Out<S> = S extends z.ZodType ? z.output<S> : undefined;

/** A route whose handler sees the types of its own schemas. */
export interface RouteDefinition<P, Q, B> extends Omit<Route, 'params' | 'query' | 'body' | 'handle' | 'unitOf'> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly unitOf?: (call: Call<Out<P>, Out<Q>, Out<B>>) => string | null;
  readonly handle: (call: Call<Out<P>, Out<Q>, Out<B>>) => Promise<Answer> | Answer;
}

/** Checks the handler against the schemas and forgets the types, so that routes fit one table. */
export function route<P extends z.ZodType | undefined, Q extends z.ZodType | undefined, B extends z.ZodType | undefined>(
  definition: RouteDefinition<P, Q, B>,
): Route {
  return definition as unknown as Route;
}

/** 200 with a JSON body. */
export function ok(body: unknown): Answer {
  return { status: 200, body };
}
