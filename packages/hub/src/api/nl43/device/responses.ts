import { z } from 'zod';
import type { Response } from '../../route.ts';
import { detailResponse, okResponse } from '../responses.ts';

// Answers that all routes to a meter share.

/** With `more` beside `status: "ok"`. */
export const deviceResponses = (more: z.ZodRawShape): Readonly<Record<number, Response>> => ({
  200: okResponse('What the meter said', more),
  403: detailResponse('The caller may not do this, or communication is switched off for this unit'),
  404: detailResponse('There is no such unit'),
  500: detailResponse('The meter could not be asked (on routes where SLMM 0.4.0 said it with 500)'),
  501: detailResponse('The edge cannot do this yet'),
  502: detailResponse('The meter refused, or could not be reached'),
  503: detailResponse('The edge of this unit is away, or busy'),
  504: detailResponse('The meter did not answer in time'),
});

export const messageResponses = deviceResponses({ message: z.string() });
