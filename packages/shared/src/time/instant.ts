/** `2026-11-23T06:41:05.120Z`: the one form in which instants cross a process edge. */
export function toInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Milliseconds since 1970; `null` where there is no such instant. That the text has the one form is the business of who reads it from outside. */
export function fromInstant(text: string): number | null {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : atMs;
}
