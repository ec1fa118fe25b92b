/**
 * What the hub wants of this edge: the newest configuration, kept on disk so that the edge works on with the hub away.
 * Neighbours: hub-inbox.ts brings configurations, units carry them out, the retained set tells what became of them.
 */
import {
  type AppliedConfig,
  decodeMessage,
  type DesiredConfig,
  desiredConfigSchema,
  type DesiredUnit,
  type ReceivedConfig,
  topics,
} from '@slmm/protocol';
import { type Clock, type Logger, toInstant } from '@slmm/shared';
import type { Units } from '../acquisition/units.ts';
import { faultCode } from '../journal/disk.ts';
import type { DurableText } from './durable-text.ts';
import type { RetainedSet } from './retained-set.ts';
import type { SendWindow } from './send-window.ts';

export interface DesiredStateParts {
  readonly edge: string;
  readonly units: Units;
  /** Units of the agent's own file: they run from the start, and outrank those of the same name from the hub. */
  readonly pinned: readonly DesiredUnit[];
  readonly file: DurableText;
  readonly retained: RetainedSet;
  readonly window: SendWindow;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told when another configuration is in force. */
  readonly changed: () => void;
}

export class DesiredState {
  readonly #parts: DesiredStateParts;
  #config: DesiredConfig | null = null;
  /** Units of it of which nothing could be made. */
  #refused: ReceivedConfig['refused'] = [];
  /** What became of its units. */
  #results: AppliedConfig['units'] = {};
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: DesiredStateParts) {
    this.#parts = parts;
  }

  get revision(): number {
    return this.#config?.revision ?? 0;
  }

  get units(): readonly string[] {
    return this.#wanted().map(({ unit }) => unit);
  }

  /** Takes up the configuration of the last run. One that cannot be read is left alone and said; the hub sends it again. */
  async start(): Promise<void> {
    const { pinned, units } = this.#parts;
    const config = await this.#readLast();
    if (config !== null) this.#apply(config);
    else if (pinned.length > 0) units.apply(pinned);
  }

  /** A configuration from the hub. An older revision than the one in force is refused, and that is answered; so is a unit that cannot be read. */
  receive({ config: received, refused }: ReceivedConfig): void {
    const present = this.#config;
    if (present !== null && received.revision < present.revision) {
      const error = `revision ${received.revision} is older than revision ${present.revision}, which is in force`;
      this.#parts.log.warn({ error }, 'a configuration was refused');
      this.#tell(present.revision, error);
      return;
    }
    const names = new Set(refused.map(({ unit }) => unit));
    // Of what cannot be read the former wording stays in force: a meter must not stop being read because its hub is newer than this agent.
    const asBefore = (present?.units ?? []).filter(({ unit }) => names.has(unit));
    const config: DesiredConfig = { ...received, units: [...received.units, ...asBefore] };
    const isSame = present?.revision === config.revision && JSON.stringify(present.units) === JSON.stringify(config.units);
    if (isSame && JSON.stringify(this.#refused) === JSON.stringify(refused)) return;
    this.#refused = refused;
    this.#apply(config);
    // Writes follow one another, so the newest one is what stays.
    this.#writing = this.#writing.then(() => this.#write(config));
  }

  /** Resolves when the newest configuration is on disk, or could not be written. */
  written(): Promise<void> {
    return this.#writing;
  }

  async #readLast(): Promise<DesiredConfig | null> {
    const { file, log } = this.#parts;
    const sorry = 'the configuration on disk cannot be read; waiting for the hub to send it';
    try {
      const text = await file.read();
      if (text === null) return null;
      const decoded = decodeMessage(desiredConfigSchema, text);
      if (decoded.kind === 'ok') return decoded.value;
      log.error({ reason: decoded.reason }, sorry);
    } catch (fault) {
      log.error({ fault: faultCode(fault) }, sorry);
    }
    return null;
  }

  /** What runs: the units of the agent's own file, and those of the hub that are not among them. */
  #wanted(): readonly DesiredUnit[] {
    const { pinned } = this.#parts;
    const own = new Set(pinned.map(({ unit }) => unit));
    return [...pinned, ...(this.#config?.units ?? []).filter(({ unit }) => !own.has(unit))];
  }

  #apply(config: DesiredConfig): void {
    this.#config = config;
    const results = this.#parts.units.apply(this.#wanted());
    for (const { unit } of this.#parts.pinned) {
      const result = results[unit];
      if (result?.ok === true) results[unit] = { ok: true, error: null, pinned: true };
    }
    this.#results = results;
    const nameless: string[] = [];
    for (const { unit, reason } of this.#refused) {
      if (unit === null) nameless.push(reason);
      else results[unit] = { ok: false, error: `${reason}${unit in results ? '; it goes on as before' : ''}`.slice(0, 500) };
      this.#parts.log.warn({ unit, reason }, 'a unit of the configuration cannot be read');
    }
    this.#parts.log.info({ revision: config.revision, units: config.units.length }, 'configuration in force');
    this.#tell(config.revision, nameless.length === 0 ? null : nameless.join('; ').slice(0, 500));
    this.#parts.changed();
  }

  async #write(config: DesiredConfig): Promise<void> {
    try {
      await this.#parts.file.write(JSON.stringify(config));
    } catch (fault) {
      this.#parts.log.error(
        { fault: faultCode(fault), revision: config.revision },
        'the configuration could not be kept on disk; it is lost at a restart',
      );
    }
  }

  #tell(revision: number, error: string | null): void {
    const applied: AppliedConfig = { revision, at: toInstant(this.#parts.clock.nowMs()), error, units: this.#results };
    this.#parts.retained.set(topics.applied(this.#parts.edge), JSON.stringify(applied));
    this.#parts.window.pump();
  }
}
