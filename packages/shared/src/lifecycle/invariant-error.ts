/** A promise of our own code was broken: a bug, never bad luck. It is not caught below the supervisor. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}
