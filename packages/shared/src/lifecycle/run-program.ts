import type { Closeable } from './closeable.ts';
import type { Logger } from '../log/logger.ts';

/** Longest time a clean stop may take before the process ends anyway (architecture section 7). */
const STOP_LIMIT_MS = 5_000;

/**
 * Keeps a started program alive until SIGTERM or SIGINT, then closes it within 5 s.
 * A second signal ends it at once. An unhandled fault is logged and ends the process with 1: state on disk is always fit for that.
 */
export function runUntilSignal(program: Closeable, log: Logger): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    const limit = setTimeout(() => {
      log.error({ limitMs: STOP_LIMIT_MS }, 'the clean stop took too long; ending anyway');
      process.exit(1);
    }, STOP_LIMIT_MS);
    limit.unref();
    program.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      log.fatal({ err: error }, fault);
      process.exit(1);
    });
  }
}
