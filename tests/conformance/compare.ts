/** In what an answer differs from the recorded one. Pure. */

/** Whether a path is one of the volatile ones: `$.data.lp`, `$.files[*].modified`, or below one of them. */
function isVolatile(path: string, volatile: readonly string[]): boolean {
  const general = path.replaceAll(/\[\d+\]/g, '[*]');
  return volatile.some((one) => general === one || general.startsWith(`${one}.`) || general.startsWith(`${one}[`));
}

/** One line for each difference; additional keys are none, because clients of SLMM do not look at them. */
export function differences(expected: unknown, actual: unknown, volatile: readonly string[], path = '$'): readonly string[] {
  if (isVolatile(path, volatile)) return [];
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [`${path}: expected a list, got ${brief(actual)}`];
    if (expected.length !== actual.length && !volatile.some((one) => one.startsWith(`${path.replaceAll(/\[\d+\]/g, '[*]')}[*]`)))
      return [`${path}: expected ${expected.length} entries, got ${actual.length}`];
    return expected.flatMap((one, index) =>
      index < actual.length ? differences(one, actual[index], volatile, `${path}[${index}]`) : [],
    );
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return [`${path}: expected an object, got ${brief(actual)}`];
    return Object.entries(expected).flatMap(([key, value]) =>
      Object.hasOwn(actual, key)
        ? differences(value, (actual as Record<string, unknown>)[key], volatile, `${path}.${key}`)
        : isVolatile(`${path}.${key}`, volatile)
          ? []
          : [`${path}.${key}: missing`],
    );
  }
  return Object.is(expected, actual) ? [] : [`${path}: expected ${brief(expected)}, got ${brief(actual)}`];
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
