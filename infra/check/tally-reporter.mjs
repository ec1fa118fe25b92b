// A reporter for vitest that counts what really happened, also to tests that never came to an end: a worker that dies takes its tests along, and they count as failed.
import { writeFileSync } from 'node:fs';

export default class TallyReporter {
  onTestRunEnd(modules, unhandledErrors) {
    writeFileSync(process.env['TALLY_FILE'] ?? 'tally.json', JSON.stringify(tally(modules, unhandledErrors)));
  }
}

/** `{passed, skipped, failures}` of vitest's test modules; `failures` has one sentence per failed test, file or error outside of them. */
export function tally(modules, unhandledErrors) {
  const failures = [];
  let passed = 0;
  let skipped = 0;
  for (const module of modules) {
    const name = module.relativeModuleId ?? module.moduleId;
    const before = failures.length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed += 1;
      else if (state === 'skipped') skipped += 1;
      else failures.push(`${name}: ${test.fullName}${state === 'failed' ? '' : ' (did not come to an end)'}`);
    }
    // A file that cannot be loaded, or whose hooks fail, may have no test that failed.
    if (module.state() === 'failed' && failures.length === before) failures.push(`${name}: the file itself`);
    else if (module.state() === 'queued' || module.state() === 'pending')
      failures.push(`${name}: the file did not come to an end`);
  }
  for (const error of unhandledErrors) failures.push(`outside of any test: ${error.message ?? String(error)}`);
  return { passed, skipped, failures };
}
