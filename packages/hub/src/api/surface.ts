import type { z } from 'zod';
import type { Answer } from './route.ts';

/** Where in a request a mistake is. */
export type Place = 'path' | 'query' | 'body';

/** What a schema refused in one place of a request. */
export interface Mistakes {
  readonly place: Place;
  readonly issues: readonly z.core.$ZodIssue[];
}

/** How one part of the API says that it cannot do what was asked. Pure; the shapes differ, the occasions are the same. */
export interface Surface {
  /** 401: no credential, or a bad one. */
  unauthenticated(reason: string): Answer;
  /** 403. */
  forbidden(reason: string): Answer;
  /** 404: there is no such route. */
  noRoute(): Answer;
  /** 405. */
  wrongMethod(): Answer;
  /** 413. */
  tooLarge(limitBytes: number): Answer;
  /** 429. */
  tooMany(retryAfterSeconds: number): Answer;
  /** 500: a bug of ours; the log has it under this id. */
  broken(id: string): Answer;
  /** What is checked in place of what was sent: leniency that all routes of a surface have in common. */
  taken(place: Place, value: unknown): unknown;
  /** 422 for values that schemas refused, wherever they stand in the request. */
  invalid(mistakes: readonly Mistakes[]): Answer;
  /** 422 for a body that is no JSON. */
  notJson(text: string): Answer;
  /** 422 for a body of another type than JSON. */
  notJsonType(): Answer;
  /** 422 for a body that is not there. */
  noBody(): Answer;
}
