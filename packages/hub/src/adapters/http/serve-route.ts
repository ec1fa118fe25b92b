import { randomUUID } from 'node:crypto';
import { idSchema } from '@slmm/protocol';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { mayDo } from '../../access/policy.ts';
import { withZones } from '../../api/nl43/compat-times.ts';
import type { Answer, Call, Person, Route } from '../../api/route.ts';
import type { ApiServices } from '../../api/services.ts';
import type { Mistakes, Place, Surface } from '../../api/surface.ts';
import { type Authentication, type Credential, sessionOf } from './authentication.ts';
import { readJsonBody } from './request-body.ts';
import { originOf } from './same-origin.ts';
import { writeAnswer } from './write-answer.ts';

/** What every request passes: who calls, may they, is it well formed; then the route. */
export interface Gate {
  readonly services: ApiServices;
  readonly authentication: Authentication;
}

/** A checked value, or the answer that ends the request. */
type Checked<T> = { readonly value: T } | { readonly refused: Answer };

/** Names of path parameters that are a unit, on SLMM's surface and on ours. */
const UNIT_PARAMETERS = ['unit', 'unit_id'];
const idParameters = z.record(z.string(), idSchema);

/** Serves one route. Never rejects. */
export function serveRoute(route: Route, surface: Surface, gate: Gate): (request: Request, response: Response) => Promise<void> {
  const { log, metrics } = gate.services;
  return async (request, response) => {
    let answer: Answer;
    try {
      answer = await answerOf(route, surface, gate, request);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      const id = randomUUID();
      log.error({ err: error, id, route: route.path, method: route.method }, 'a request failed inside the hub');
      answer = surface.broken(id);
    }
    metrics.httpRequests.inc({ route: route.path, method: route.method, status: answer.status });
    writeAnswer(response, route.surface === 'nl43' && gate.services.compatTimes === 'z' ? withZones(answer) : answer);
  };
}

async function answerOf(route: Route, surface: Surface, gate: Gate, request: Request): Promise<Answer> {
  const address = request.socket.remoteAddress ?? '';
  const caller = await admit(route, surface, gate, request, address);
  if ('refused' in caller) return caller.refused;
  const by = caller.value;

  const unit = UNIT_PARAMETERS.map((name) => request.params[name]).find((value) => typeof value === 'string') ?? null;
  if (!isAllowed(route, by, unit)) return surface.forbidden(forbidden(route, unit));
  const body = await bodyOf(route, surface, request);
  if ('refused' in body) return body.refused;
  const checked = check(surface, [
    ['path', route.params ?? idParameters, request.params],
    ['query', route.query, request.query],
    ['body', route.body, body.value],
  ]);
  if ('refused' in checked) return checked.refused;
  const [params, query, accepted] = checked.value;

  const call: Call = {
    params,
    query,
    body: accepted,
    by,
    session: sessionOf(request.headers),
    address,
    services: gate.services,
  };
  const bodyUnit = route.unitOf?.(call) ?? null;
  if (bodyUnit !== null && !isAllowed(route, by, bodyUnit)) return surface.forbidden(forbidden(route, bodyUnit));
  const answer = await route.handle(call);
  if (route.isSignIn === true && answer.status === 401) gate.authentication.failed(address);
  return answer;
}

/** Who calls, if they may call at all. `null`: nobody in particular, on a public route. */
async function admit(
  route: Route,
  surface: Surface,
  { authentication }: Gate,
  request: Request,
  address: string,
): Promise<Checked<Person | null>> {
  if (route.isSignIn === true) {
    const waitSeconds = authentication.waitSeconds(address);
    if (waitSeconds > 0) return { refused: surface.tooMany(waitSeconds) };
    if (originOf(request.headers) === 'foreign') return { refused: surface.forbidden(FOREIGN) };
    return { value: null };
  }
  const caller = await authentication.callerOf({ headers: request.headers, address, isSlmm: route.surface === 'nl43' });
  if (caller.kind === 'nobody') {
    if (route.policy === 'public') return { value: null };
    return { refused: caller.waitSeconds > 0 ? surface.tooMany(caller.waitSeconds) : surface.unauthenticated(caller.reason) };
  }
  if (route.method !== 'get' && !isOwn(authentication, caller.credential, request))
    return { refused: surface.forbidden(FOREIGN) };
  return { value: caller.person };
}

const FOREIGN = "This came from another site. Programs send their token as 'Authorization: Bearer …'";

function isOwn(authentication: Authentication, credential: Credential, request: Request): boolean {
  return authentication.isOwnPage(credential, request.headers);
}

function isAllowed(route: Route, by: Person | null, unit: string | null): boolean {
  if (route.policy === 'public') return true;
  return by !== null && mayDo(by, route.policy, unit);
}

function forbidden({ policy }: Route, unit: string | null): string {
  return unit === null ? `Your token may not ${policy} here` : `Your token may not ${policy} unit ${unit}`;
}

/** The body as it was sent; a route without one looks at none. */
async function bodyOf(route: Route, surface: Surface, request: Request): Promise<Checked<unknown>> {
  if (route.body === undefined) return { value: undefined };
  const body = await readJsonBody(request, surface, route.bodyOptional === true);
  return body.kind === 'refused' ? { refused: body.answer } : { value: body.value };
}

/** All places of a request at once, so that a caller is told all mistakes together. */
function check(
  surface: Surface,
  places: readonly (readonly [Place, z.ZodType | undefined, unknown])[],
): Checked<readonly unknown[]> {
  const mistakes: Mistakes[] = [];
  const values = places.map(([place, schema, value]) => {
    if (schema === undefined) return undefined;
    const result = schema.safeParse(surface.taken(place, value));
    if (result.success) return result.data;
    mistakes.push({ place, issues: result.error.issues });
    return undefined;
  });
  return mistakes.length === 0 ? { value: values } : { refused: surface.invalid(mistakes) };
}
