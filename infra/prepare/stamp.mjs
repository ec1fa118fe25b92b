// Whether something has to be done again is decided by content, not by times: a clone, a branch or an unpacked archive has times that say nothing.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SKIPPED = new Set(['node_modules', 'dist', 'generated', '.git']);

/** One hash over all files below `paths` (names and content) and over `words`. A path that is not there counts as such. */
export function hashOf(root, paths, words = []) {
  const hash = createHash('sha256').update(words.join('\n'));
  for (const path of paths) addPath(hash, root, path);
  return hash.digest('hex');
}

function addPath(hash, root, path) {
  const full = join(root, path);
  if (!existsSync(full)) return void hash.update(`${path} absent\n`);
  if (!statSync(full).isDirectory()) return void hash.update(`${path}\n`).update(readFileSync(full));
  for (const name of readdirSync(full).sort()) if (!SKIPPED.has(name)) addPath(hash, root, `${path}/${name}`);
}

/** The stamps of finished steps, kept in node_modules because they speak of this machine alone. */
export function readStamp(root, name) {
  try {
    return readFileSync(stampFile(root, name), 'utf8');
  } catch {
    return null;
  }
}

export function writeStamp(root, name, content) {
  writeFileSync(stampFile(root, name), content);
}

const stampFile = (root, name) => join(root, 'node_modules', `.slmm-${name}`);
