import type { IncomingMessage } from 'node:http';
import type { Answer } from '../../api/route.ts';
import type { Surface } from '../../api/surface.ts';

/** Longest body of any route. */
const MAX_BODY_BYTES = 256 * 1024;

/** A body as JSON, or the answer that says what is wrong with it. */
export type Body = { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'refused'; readonly answer: Answer };

/** Reads a request's JSON body, never more than the limit. `null` is none; optional and absent, it is `{}`. Rejects when the connection breaks. */
export async function readJsonBody(request: IncomingMessage, surface: Surface, isOptional = false): Promise<Body> {
  const refused = (answer: Answer): Body => ({ kind: 'refused', answer });
  const bytes = await readBytes(request);
  if (bytes === null) return refused(surface.tooLarge(MAX_BODY_BYTES));
  const absent = (): Body => (isOptional ? { kind: 'json', value: {} } : refused(surface.noBody()));
  if (bytes.length === 0) return absent();
  if (!isJsonType(request.headers['content-type'])) return refused(surface.notJsonType());
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return value === null ? absent() : { kind: 'json', value };
  } catch {
    return refused(surface.notJson(text));
  }
}

/** `null` when it is longer than the limit; the rest is not kept. */
async function readBytes(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return null;
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) resolve(null);
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the connection broke')));
  });
}

/** Without a type the body is taken for JSON, as SLMM took it. */
function isJsonType(type: string | undefined): boolean {
  return type === undefined || /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type);
}
