/** What vitest's JSON report says: how many tests passed and were skipped, and the name of each that failed. A report that cannot be read is a failure. */
export function readReport(readText) {
  let report;
  try {
    report = JSON.parse(readText());
  } catch {
    return { passed: 0, skipped: 0, failures: ['tests: vitest left no report'] };
  }
  const failures = [];
  let passed = 0;
  let skipped = 0;
  for (const file of report.testResults ?? []) {
    const tests = file.assertionResults ?? [];
    for (const test of tests) {
      if (test.status === 'passed') passed += 1;
      else if (test.status === 'failed') failures.push(`${shortName(file.name)}: ${test.fullName}`);
      else skipped += 1;
    }
    // A file that cannot be loaded has no tests to fail.
    if (file.status === 'failed' && !tests.some((test) => test.status === 'failed'))
      failures.push(`${shortName(file.name)}: the file itself`);
  }
  return { passed, skipped, failures };
}

const shortName = (name) => name.replace(`${process.cwd()}/`, '');
