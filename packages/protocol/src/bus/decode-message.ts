import type { z } from 'zod';

/** A payload that was read, or why it was not. A bad payload is a value: it is counted, logged with its reason and set aside. */
export type Decoded<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'bad'; readonly reason: string };

/** Largest JSON payload anybody sends on the bus; longer ones are refused unread. */
export const MAX_JSON_BYTES = 262_144;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a JSON payload against its schema. Total: never throws. */
export function decodeMessage<T extends z.ZodType>(schema: T, payload: Uint8Array | string): Decoded<z.output<T>> {
  if (payload.length > MAX_JSON_BYTES)
    return { kind: 'bad', reason: `the payload has ${payload.length} bytes, ${MAX_JSON_BYTES} are allowed` };
  let content: unknown;
  try {
    content = JSON.parse(typeof payload === 'string' ? payload : utf8.decode(payload));
  } catch {
    return { kind: 'bad', reason: 'the payload is not JSON in UTF-8' };
  }
  const result = schema.safeParse(content);
  if (result.success) return { kind: 'ok', value: result.data };
  const issue = result.error.issues[0];
  return {
    kind: 'bad',
    reason: issue === undefined ? 'the payload does not fit' : `${issue.path.join('.') || 'payload'}: ${issue.message}`,
  };
}
