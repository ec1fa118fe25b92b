// The whole gate, in the order in which a fault is cheapest to find. Each step counts as one test, the tests of vitest one by one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bold, dim, green, red, runStep, say, seconds } from '../prepare/narrate.mjs';
import { build, install, ROOT, tool } from '../prepare/prepare.mjs';
import { readReport } from './report.mjs';

/** A run that hangs ends with a word instead of never. Half an hour is several times what the whole suite needs. */
const TESTS_LIMIT_MS = 30 * 60_000;

const GATES = [
  { name: 'format', what: 'checking the format', file: ['oxfmt', 'bin/oxfmt'], args: ['--check', '.'] },
  { name: 'types', what: 'checking types', file: ['typescript', 'bin/tsc'], args: ['-b'] },
  {
    name: 'types of the page',
    what: 'checking types of the page',
    file: ['typescript', 'bin/tsc'],
    args: ['-p', 'packages/hub/web'],
  },
  { name: 'lint', what: 'linting', file: ['oxlint', 'bin/oxlint'], args: ['--type-aware', '--deny-warnings'] },
  { name: 'knip', what: 'looking for what nobody uses', file: ['knip', 'bin/knip.js'], args: ['--no-progress'] },
];

/** Runs everything; a step that fails does not keep the others from being run. Answers the exit code. */
export async function runCheck() {
  const startMs = performance.now();
  /** @type {{ passed: number, failed: number, skipped: number, complaints: string[] }} */
  const tally = { passed: 0, failed: 0, skipped: 0, complaints: [] };
  const count = (name, isGood) => {
    if (isGood) tally.passed += 1;
    else {
      tally.failed += 1;
      tally.complaints.push(name);
    }
  };
  const isInstalled = await install();
  count('install', isInstalled);
  if (isInstalled) {
    count('build', await build());
    for (const gate of GATES) count(gate.name, await passes(gate));
    await runTests(tally, count);
  }
  say('');
  for (const complaint of tally.complaints) say(red(`failed: ${complaint}`));
  if (tally.skipped > 0)
    say(`${tally.skipped} skipped (their messages above say what they need; SLMM_CI=1 makes that a failure)`);
  say(dim(`took ${seconds(startMs)}`));
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`);
  return tally.failed === 0 ? 0 : 1;
}

async function passes(gate) {
  say(bold(gate.what.charAt(0).toUpperCase() + gate.what.slice(1)));
  const result = await runStep(gate.what, process.execPath, [tool(...gate.file), ...gate.args], { cwd: ROOT, quiet: true });
  say(result.code === 0 ? green(`  ${gate.name} passed`) + dim(` in ${result.took}`) : red(`  ${gate.name} failed`));
  return result.code === 0;
}

async function runTests(tally, count) {
  say(bold('Running the tests'));
  const place = mkdtempSync(join(tmpdir(), 'slmm-check-'));
  const file = join(place, 'tally.json');
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), TESTS_LIMIT_MS);
  const result = await runStep(
    'running tests',
    process.execPath,
    [tool('vitest', 'vitest.mjs'), 'run', '--reporter=default', `--reporter=${join(ROOT, 'infra/check/tally-reporter.mjs')}`],
    { cwd: ROOT, signal: limit.signal, env: { ...process.env, NO_COLOR: '1', TALLY_FILE: file } },
  );
  clearTimeout(timer);
  const report = readReport(() => readFileSync(file, 'utf8'));
  rmSync(place, { recursive: true, force: true });
  tally.passed += report.passed;
  tally.failed += report.failures.length;
  tally.skipped += report.skipped;
  tally.complaints.push(...report.failures);
  // Vitest may fail as a whole (an error outside of any test, the time limit) although no single test did.
  if (result.code !== 0 && report.failures.length === 0)
    count(limit.signal.aborted ? 'tests: ended after the time limit' : 'tests: vitest failed outside of any test', false);
}
