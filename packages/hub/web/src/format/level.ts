/** A level as people read it: one decimal, half away from zero, a real minus sign; an en dash where the meter gave none. */
export function formatLevel(levelDb: number | null | undefined): string {
  if (levelDb === null || levelDb === undefined || !Number.isFinite(levelDb)) return '–';
  // The nudge makes 62.25, which binary floats hold as 62.249999…, round as it reads.
  const tenths = Math.floor(Math.abs(levelDb) * 10 + 0.5 + 1e-9);
  const text = `${Math.floor(tenths / 10)}.${tenths % 10}`;
  return levelDb < 0 && tenths > 0 ? `−${text}` : text;
}

/** A share 0..1 in percent with one decimal. 100 % is said only when nothing is missing. */
export function formatShare(share: number | null): string {
  if (share === null) return '–';
  const tenths = Math.floor(share * 1000 + 1e-9);
  return tenths >= 1000 ? '100 %' : `${Math.floor(tenths / 10)}.${tenths % 10} %`;
}
