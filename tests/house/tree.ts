import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of the project, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Every file that git knows or would take in, relative to the root: what is built or installed is not part of the house. */
export const FILES: readonly string[] = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => path !== '');

const present = new Set(FILES);

/** Whether a file or a folder of that name is part of the project. */
export function exists(path: string): boolean {
  const bare = path.replace(/\/$/, '');
  return present.has(bare) || FILES.some((file) => file.startsWith(`${bare}/`));
}

export function read(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}
