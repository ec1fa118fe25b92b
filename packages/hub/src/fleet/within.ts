import type { Clock } from '@slmm/shared';

/** Waits for `work`, but no longer than `limitMs`; what became of it is then nobody's concern any more. Rejects only if it rejects in time. */
export async function within(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> {
  let cancel = (): void => undefined;
  const limit = new Promise<void>((resolve) => {
    cancel = clock.after(limitMs, resolve);
  });
  work.catch(() => undefined);
  try {
    await Promise.race([work, limit]);
  } finally {
    cancel();
  }
}
