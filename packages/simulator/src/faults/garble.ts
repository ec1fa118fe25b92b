/** What faults do to the text of answers. */
import { PLACEHOLDER } from '../meter/data-lines.ts';
import type { FaultParams } from './fault-table.ts';

/** A DOD line with the disorder of fault F10. */
export function garbleDod(line: string, mode: FaultParams<'F10'>['mode']): string {
  const fields = line.split(',');
  switch (mode) {
    case '63-fields':
      return fields.slice(0, 63).join(',');
    case '65-fields':
      return `${line},-`;
    case 'nl42':
      // Main Lp to LN5, the additional value, Sub Lp, over, under (NL-42/NL-52 Interface Manual).
      return [...fields.slice(0, 11), fields[16] ?? PLACEHOLDER, fields[14] ?? '0', fields[15] ?? '0'].join(',');
    case 'dashes':
      return fields.map((field) => (field === PLACEHOLDER ? ' --.-' : field)).join(',');
    case 'blank':
      return fields.map((field, index) => (index === 2 ? '     ' : field)).join(',');
    case 'over':
      return fields.map((field, index) => (index === 14 ? '1' : field)).join(',');
    case 'under':
      return fields.map((field, index) => (index === 15 ? '1' : field)).join(',');
    case 'loud':
      return withLp(fields, '130.0');
    case 'quiet':
      return withLp(fields, '  9.8');
    case 'negative':
      return withLp(fields, ' -3.2');
    case 'garbage':
      return `${line.slice(0, 3)};\u0000${line.slice(5)}`;
    case 'short':
      return fields.slice(0, 2).join(',');
  }
}

/** Pieces in which the bytes of an answer travel under fault F5. */
export function cutAnswer(text: string, mode: FaultParams<'F5'>['mode']): readonly string[] {
  if (mode === 'bytes') return Array.from(text);
  if (mode === 'split-crlf') return text.split(/(?<=\r)/);
  return [text];
}

function withLp(fields: readonly string[], lp: string): string {
  return [lp, ...fields.slice(1)].join(',');
}
