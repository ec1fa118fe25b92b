import { pino, stdTimeFunctions, destination, type Logger } from 'pino';

export type { Logger } from 'pino';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export { LOG_LEVELS };

/** Names under which a secret could travel in a log object; their values never reach the log. */
const SECRET_NAMES = ['password', 'token', 'secret', 'authorization', 'cookie', 'ftp_password'];

/** Where lines go; standard error where nothing is said. */
export interface LogDestination {
  write(line: string): void;
}

/** The log of one program: JSON lines on standard error, UTC times, secrets blanked. Standard output stays free for what a person asked for. */
export function createLogger(
  program: string,
  level: LogLevel,
  to: LogDestination = destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: { program },
      timestamp: stdTimeFunctions.isoTime,
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' },
    },
    to,
  );
}
