/** The tally that our reporter has left. One that is not there or cannot be read is a failure, never nothing. */
export function readReport(readText) {
  try {
    const { passed, skipped, failures } = JSON.parse(readText());
    if (Number.isInteger(passed) && Number.isInteger(skipped) && Array.isArray(failures)) return { passed, skipped, failures };
  } catch {
    // Said below.
  }
  return { passed: 0, skipped: 0, failures: ['tests: vitest left no report'] };
}
