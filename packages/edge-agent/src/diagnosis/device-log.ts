/** What happened between the agent and one meter, as lines for people: bounded, in memory, queryable from the hub. Pure. */

export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
export const LOG_CATEGORIES = ['TCP', 'FTP', 'POLL', 'COMMAND', 'STATE', 'SYNC'] as const;
export type DeviceLogLevel = (typeof LOG_LEVELS)[number];
export type DeviceLogCategory = (typeof LOG_CATEGORIES)[number];

export interface DeviceLogLine {
  readonly at: string;
  readonly level: DeviceLogLevel;
  readonly category: DeviceLogCategory;
  readonly message: string;
}

/** Lines kept; then the oldest go. Every line is short, so 200 units have some 10 MB at most. */
const MAX_LINES = 300;
const MAX_LENGTH = 200;

export class DeviceLog {
  readonly #lines: DeviceLogLine[] = [];

  note(line: DeviceLogLine): void {
    this.#lines.push({ ...line, message: line.message.slice(0, MAX_LENGTH) });
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }

  /** The newest lines of at least this level and of this category, oldest first. */
  query(level: DeviceLogLevel, category: DeviceLogCategory | null, limit: number): readonly DeviceLogLine[] {
    const least = LOG_LEVELS.indexOf(level);
    return this.#lines
      .filter((line) => LOG_LEVELS.indexOf(line.level) >= least && (category === null || line.category === category))
      .slice(-limit);
  }
}
