const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `1.5 MB`: bytes in thousands, as disks and SIM cards are sold, with as many digits as say something. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let place = 0;
  // 999.6 would be shown as 1000.
  while (value >= 999.5 && place < UNITS.length - 1) {
    value /= 1000;
    place += 1;
  }
  return `${place === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[place]}`;
}
