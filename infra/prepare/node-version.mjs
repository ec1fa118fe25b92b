/** The oldest Node everything is tried on (see stack decisions); 24 is what production runs. */
const OLDEST = [20, 19];

/** Ends the program with one clear line on a Node that is too old. Kept in plain words: it has to run on the old one too. */
export function requireNode() {
  const parts = process.versions.node.split('.').map(Number);
  const isNew = parts[0] > OLDEST[0] || (parts[0] === OLDEST[0] && parts[1] >= OLDEST[1]);
  if (isNew) return;
  console.error(
    'SLMM needs Node ' +
      OLDEST.join('.') +
      ' or newer, this is ' +
      process.versions.node +
      '. Try: npx -y node@24 infra/demo/start.mjs',
  );
  process.exit(1);
}
