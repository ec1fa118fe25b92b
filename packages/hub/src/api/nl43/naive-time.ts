import { fromInstant } from '@slmm/shared';

/** SLMM's form of an instant: UTC without saying so, microseconds, no fraction on the full second (`2026-11-23T06:53:20.269000`); clients add the `Z`. */
export function naiveTime(atMs: number): string {
  const iso = new Date(atMs).toISOString();
  return iso.endsWith('.000Z') ? iso.slice(0, -5) : `${iso.slice(0, -1)}000`;
}

/** The same for an instant of the bus; `null` stays `null`. */
export function naiveInstant(instant: string | null | undefined): string | null {
  const atMs = instant === null || instant === undefined ? null : fromInstant(instant);
  return atMs === null ? null : naiveTime(atMs);
}
