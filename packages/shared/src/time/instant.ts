/** `2026-11-23T06:41:05.120Z`: the one form in which instants cross a process edge. */
export function toInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Milliseconds since 1970 of an ISO 8601 instant, or `null` when it is not one. */
export function fromInstant(text: string): number | null {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : atMs;
}
