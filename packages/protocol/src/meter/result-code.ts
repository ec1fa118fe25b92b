/** The line `R+dddd` with which the meter answers every command. */

const SENTENCES = {
  '0000': 'the meter carried the command out',
  '0001': 'the meter does not know this command',
  '0002': 'the meter refused the parameter: wrong count, type or value',
  '0003': 'the meter refused the form: a setting of something read-only, or a request of something that can only be set',
  '0004': 'the meter cannot do this in its present state',
} as const;

type KnownCode = keyof typeof SENTENCES;

/** `ok` is R+0000; `error` is one of the four documented refusals; `unknown` has the shape of a code but no documented meaning. */
export type ResultCode =
  | { readonly kind: 'ok'; readonly code: '0000' }
  | { readonly kind: 'error'; readonly code: Exclude<KnownCode, '0000'> }
  | { readonly kind: 'unknown'; readonly code: string };

const SHAPE = /^R\+(\d{4})$/;

/** Reads a result line, or `null` when the line is anything else. */
export function parseResultCode(line: string): ResultCode | null {
  const code = SHAPE.exec(line)?.[1];
  if (code === undefined) return null;
  if (code === '0000') return { kind: 'ok', code };
  if (code === '0001' || code === '0002' || code === '0003' || code === '0004') return { kind: 'error', code };
  return { kind: 'unknown', code };
}

/** One sentence for people: what the code means. */
export function describeResultCode(result: ResultCode): string {
  return result.kind === 'unknown' ? `the meter answered R+${result.code}, which is not documented` : SENTENCES[result.code];
}
