/** Folders and files of the card as FTP sees them. Sizes and contents may grow while somebody looks. */

export interface CardFile {
  readonly kind: 'file';
  readonly name: string;
  /** Last change as the meter's wall time, milliseconds as if UTC. */
  readonly modifiedNaiveMs: number;
  readonly sizeBytes: number;
  /** Content from an offset up to `sizeBytes`, in pieces of some kilobytes. */
  read(offset: number): Iterable<Buffer>;
}

export interface CardFolder {
  readonly kind: 'folder';
  readonly name: string;
  readonly modifiedNaiveMs: number;
  readonly entries: readonly CardEntry[];
}

export type CardEntry = CardFile | CardFolder;

export function folder(name: string, modifiedNaiveMs: number, entries: readonly CardEntry[]): CardFolder {
  return { kind: 'folder', name, modifiedNaiveMs, entries };
}

/** The entry at an absolute path, or `null`. Names are taken as they are, spaces included. */
export function entryAt(root: CardFolder, path: string): CardEntry | null {
  let here: CardEntry = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    if (here.kind !== 'folder') return null;
    const next: CardEntry | undefined = here.entries.find((entry) => entry.name.toLowerCase() === name.toLowerCase());
    if (next === undefined) return null;
    here = next;
  }
  return here;
}

/** `path` seen from `from`, as an absolute path without `.` and `..`; it cannot leave the card. */
export function resolvePath(from: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${from}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** One line of a Unix style LIST: time of day for the last half year, the year only for what is older or lies ahead. */
export function listLine(entry: CardEntry, nowNaiveMs: number, neverYear: boolean): string {
  const date = new Date(entry.modifiedNaiveMs);
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][date.getUTCMonth()] ?? 'Jan';
  const day = String(date.getUTCDate()).padStart(2);
  const two = (value: number): string => String(value).padStart(2, '0');
  const ageMs = nowNaiveMs - entry.modifiedNaiveMs;
  const recent = neverYear || (ageMs < 182 * 86_400_000 && ageMs > -86_400_000);
  const when = recent ? `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}` : ` ${date.getUTCFullYear()}`;
  const size = String(entry.kind === 'file' ? entry.sizeBytes : 0).padStart(10);
  return `${entry.kind === 'folder' ? 'drwxrwxrwx' : '-rw-rw-rw-'}   1 root  root ${size} ${month} ${day} ${when} ${entry.name}`;
}
