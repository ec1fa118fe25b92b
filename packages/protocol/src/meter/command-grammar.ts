/**
 * What an argument or an answer of a meter command may look like, as data.
 * Both directions use the same grammars: nothing outside one is ever sent, and an answer outside one is a desynchronised link, not a value.
 */
import { parseMeterClock } from './meter-clock.ts';

export type Grammar =
  /** No argument at all: the command is its bare name. */
  | { readonly kind: 'none' }
  /** One of these words, spelled like this. */
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Zero-padded decimal digits of this width. */
  | { readonly kind: 'digits'; readonly width: number }
  /** A decimal number in plain notation, bounds included. */
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly decimals: number }
  /** A wall time `YYYY/MM/DD HH:MM:SS`. */
  | { readonly kind: 'clock' }
  /** A shape with its description, for what the meter's guide leaves open. */
  | { readonly kind: 'pattern'; readonly pattern: RegExp; readonly says: string }
  /** Comma-separated data lines, which decoders of their own read. */
  | { readonly kind: 'dod' }
  | { readonly kind: 'drd' };

/** Printable ASCII without comma and `$`: whatever the grammar, nothing else becomes bytes. CR and LF above all would be a second command. */
const SAFE_ARGUMENT = /^[\x20-\x23\x25-\x2b\x2d-\x7e]*$/;
const MAX_ARGUMENT_LENGTH = 64;

/** Why `text` does not fit the grammar, as the end of a sentence, or `null` when it fits. */
export function misfit(grammar: Grammar, text: string): string | null {
  if (grammar.kind === 'dod' || grammar.kind === 'drd') return null;
  if (text.length > MAX_ARGUMENT_LENGTH) return `is longer than ${MAX_ARGUMENT_LENGTH} characters`;
  if (!SAFE_ARGUMENT.test(text)) return 'holds characters other than printable ASCII without comma and $';
  return fits(grammar, text) ? null : `is not ${describeGrammar(grammar)}`;
}

/** What the grammar takes, for people. */
export function describeGrammar(grammar: Grammar): string {
  switch (grammar.kind) {
    case 'none':
      return 'empty';
    case 'words':
      return grammar.words.length === 1 ? `'${grammar.words[0]}'` : `one of ${grammar.words.join(', ')}`;
    case 'digits':
      return `${grammar.width} digits`;
    case 'number':
      return `a number from ${grammar.min} to ${grammar.max}${grammar.decimals > 0 ? ` with at most ${grammar.decimals} decimals` : ''}`;
    case 'clock':
      return 'a time like 2026/11/23 06:41:05';
    case 'pattern':
      return grammar.says;
    case 'dod':
    case 'drd':
      return 'a line of data fields';
  }
}

function fits(grammar: Exclude<Grammar, { kind: 'dod' | 'drd' }>, text: string): boolean {
  switch (grammar.kind) {
    case 'none':
      return text === '';
    case 'words':
      return grammar.words.includes(text);
    case 'digits':
      return /^\d+$/.test(text) && text.length === grammar.width;
    case 'number':
      return isPlainNumber(text, grammar.decimals) && Number(text) >= grammar.min && Number(text) <= grammar.max;
    case 'clock':
      return parseMeterClock(text) !== null;
    case 'pattern':
      return grammar.pattern.test(text);
  }
}

function isPlainNumber(text: string, decimals: number): boolean {
  const match = /^-?\d{1,9}(?:\.(\d+))?$/.exec(text);
  return match !== null && (match[1] ?? '').length <= decimals;
}
