import type { Answer } from '../route.ts';

/** SLMM's way of saying no: `{"detail": "…"}`. */
export function fault(status: number, detail: string): Answer {
  return { status, body: { detail } };
}

/** 422 for one field of the body that only the fleet could judge. */
export function invalidField(name: string, msg: string): Answer {
  return { status: 422, body: { detail: [{ loc: ['body', name], msg, type: 'value_error' }] } };
}
