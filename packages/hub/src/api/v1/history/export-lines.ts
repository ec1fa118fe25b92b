// Lines of an export. Pure.

export type Field = string | number | boolean | null;

/** What a spreadsheet takes for the start of a formula; numbers of ours are exempt, they are written by us. */
const FORMULA_START = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** RFC 4180, with CR LF. Text that would be a formula begins with an apostrophe. */
export function csvLine(fields: readonly Field[]): string {
  return `${fields.map(csvField).join(',')}\r\n`;
}

function csvField(field: Field): string {
  if (field === null) return '';
  if (typeof field === 'number') return String(field);
  if (typeof field === 'boolean') return field ? '1' : '0';
  const safe = FORMULA_START.test(field) ? `'${field}` : field;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One object a line. */
export function ndjsonLine(names: readonly string[], fields: readonly Field[]): string {
  return `${JSON.stringify(Object.fromEntries(names.map((name, index) => [name, fields[index] ?? null])))}\n`;
}
