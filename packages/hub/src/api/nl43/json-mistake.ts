// Says of a text that is no JSON what Python's json module says of it, because SLMM's clients see its words. Pure.

/** What is wrong, and at which character. */
export interface JsonMistake {
  readonly msg: string;
  readonly pos: number;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

class Mistake extends Error {
  readonly pos: number;

  constructor(message: string, pos: number) {
    super(message);
    this.pos = pos;
  }
}

/** Deeper than anything this API takes; the scanner goes one call deeper per level. */
const MAX_DEPTH = 200;

/** `null` when the text is JSON. */
export function jsonMistake(text: string): JsonMistake | null {
  try {
    const end = skipSpace(text, scanValue(text, skipSpace(text, 0), 0));
    if (end < text.length) throw new Mistake('Extra data', end);
    return null;
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    const before = text.slice(0, error.pos);
    const line = before.split('\n').length;
    return { msg: error.message, pos: error.pos, line, column: error.pos - before.lastIndexOf('\n') };
  }
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && ' \t\n\r'.includes(text.charAt(next))) next += 1;
  return next;
}

/** Each scanner answers the position behind what it read. */
function scanValue(text: string, at: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new Mistake('Too many levels', at);
  const first = text.charAt(at);
  if (first === '"') return scanString(text, at);
  if (first === '{') return scanObject(text, at, depth);
  if (first === '[') return scanArray(text, at, depth);
  const literal = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/.exec(text.slice(at, at + 400));
  if (literal === null) throw new Mistake('Expecting value', at);
  return at + literal[0].length;
}

function scanObject(text: string, start: number, depth: number): number {
  let at = skipSpace(text, start + 1);
  if (text.charAt(at) === '}') return at + 1;
  for (;;) {
    if (text.charAt(at) !== '"') throw new Mistake('Expecting property name enclosed in double quotes', at);
    at = skipSpace(text, scanString(text, at));
    if (text.charAt(at) !== ':') throw new Mistake("Expecting ':' delimiter", at);
    at = skipSpace(text, scanValue(text, skipSpace(text, at + 1), depth + 1));
    if (text.charAt(at) === '}') return at + 1;
    if (text.charAt(at) !== ',') throw new Mistake("Expecting ',' delimiter", at);
    at = skipSpace(text, at + 1);
  }
}

function scanArray(text: string, start: number, depth: number): number {
  let at = skipSpace(text, start + 1);
  if (text.charAt(at) === ']') return at + 1;
  for (;;) {
    at = skipSpace(text, scanValue(text, at, depth + 1));
    if (text.charAt(at) === ']') return at + 1;
    if (text.charAt(at) !== ',') throw new Mistake("Expecting ',' delimiter", at);
    at = skipSpace(text, at + 1);
  }
}

function scanString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return at + 1;
    if (char < ' ') throw new Mistake('Invalid control character at', at);
    if (char !== '\\') continue;
    at += 1;
    const escape = text.charAt(at);
    if (escape === 'u') {
      if (!/^[0-9a-fA-F]{4}$/.test(text.slice(at + 1, at + 5))) throw new Mistake('Invalid \\uXXXX escape', at);
      at += 4;
    } else if (escape !== '' && !'"\\/bfnrt'.includes(escape)) throw new Mistake('Invalid \\escape', at - 1);
  }
  throw new Mistake('Unterminated string starting at', start);
}
