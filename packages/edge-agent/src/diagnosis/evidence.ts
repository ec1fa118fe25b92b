/**
 * What led to where a meter is: the last commands, connections and uses of FTP, and the timing of the answers. Bounded, in memory. Pure.
 * A wedge is told with it, and a person may ask for it at any time. Neighbours: unit-acquisition.ts notes, link-doctor.ts and commands/diagnosis.ts tell.
 */
import type { LinkEvidence } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import type { Outcome } from '../meter-session/exchange.ts';

const MAX_COMMANDS = 20;
const MAX_CONNECTIONS = 12;
const MAX_FTP_USES = 10;
/** Answers over which the timing is taken; at full rate the last two minutes. */
const MAX_TIMES = 120;
const MAX_TEXT = 160;

type Happening = LinkEvidence['connections']['last'][number];

export class Evidence {
  readonly #commands: LinkEvidence['commands'] = [];
  readonly #connections: Happening[] = [];
  readonly #ftpUses: Happening[] = [];
  readonly #answersMs: number[] = [];
  readonly #gapsMs: number[] = [];
  #opened = 0;
  #lost = 0;
  #ftpCount = 0;
  #lastEndMs: number | null = null;

  /** One command line and what became of it. Commands that were never sent are none. */
  command(line: string, outcome: Outcome, atMs: number): void {
    if (outcome.kind === 'not-sent') return;
    let ms: number | null = null;
    if (outcome.kind === 'answered') {
      ms = outcome.endAtMs - outcome.sentAtMs;
      keep(this.#answersMs, ms, MAX_TIMES);
      if (this.#lastEndMs !== null && outcome.sentAtMs >= this.#lastEndMs)
        keep(this.#gapsMs, outcome.sentAtMs - this.#lastEndMs, MAX_TIMES);
      this.#lastEndMs = outcome.endAtMs;
    } else this.#lastEndMs = null;
    const entry = {
      at: toInstant(atMs),
      line: line.slice(0, 80),
      outcome: wordOf(outcome),
      ms: ms === null ? null : Math.round(ms),
    };
    keep(this.#commands, entry, MAX_COMMANDS);
  }

  connected(atMs: number): void {
    this.#opened += 1;
    keep(this.#connections, { at: toInstant(atMs), what: 'connected' }, MAX_CONNECTIONS);
  }

  /** A connection ended, or none came about. */
  failed(what: string, atMs: number): void {
    this.#lost += 1;
    keep(this.#connections, { at: toInstant(atMs), what: what.slice(0, MAX_TEXT) }, MAX_CONNECTIONS);
  }

  /** FTP was switched, or the card was looked at. */
  ftp(what: string, atMs: number): void {
    this.#ftpCount += 1;
    keep(this.#ftpUses, { at: toInstant(atMs), what: what.slice(0, MAX_TEXT) }, MAX_FTP_USES);
  }

  bundle(): LinkEvidence {
    const sorted = this.#answersMs.toSorted((a, b) => a - b);
    return {
      commands: [...this.#commands],
      connections: { opened: this.#opened, failed: this.#lost, last: [...this.#connections] },
      ftp: { uses: this.#ftpCount, last: [...this.#ftpUses] },
      timing: {
        answers: sorted.length,
        p50_ms: rounded(sorted[sorted.length >> 1]),
        max_ms: rounded(sorted.at(-1)),
        least_gap_ms: this.#gapsMs.length === 0 ? null : Math.round(Math.min(...this.#gapsMs)),
      },
    };
  }
}

function wordOf(outcome: Exclude<Outcome, { kind: 'not-sent' }>): string {
  switch (outcome.kind) {
    case 'answered':
      return 'ok';
    case 'refused-by-meter':
      return `R+${outcome.code}`;
    case 'failed':
      return `${outcome.cause}: ${outcome.detail}`.slice(0, MAX_TEXT);
  }
}

const rounded = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms));

function keep<T>(list: T[], entry: T, most: number): void {
  list.push(entry);
  if (list.length > most) list.shift();
}
