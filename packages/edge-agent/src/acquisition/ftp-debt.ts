/**
 * What an order has switched at a meter's FTP and has still to switch back. It is on the disk before the first switch, so that an agent that dies in the middle of a
 * cycle or a transfer leaves no meter otherwise than it should be: its next life switches back. Neighbours: unit-desk.ts owes, unit-acquisition.ts tells what happens.
 */
import type { Outcome } from '../meter-session/exchange.ts';
import type { UnitMemo } from './unit-memory.ts';

export type FtpWord = 'On' | 'Off';

export interface FtpDebtParts {
  /** Of a former life of the agent. */
  readonly inherited: FtpWord | null;
  readonly remember: (change: Pick<UnitMemo, 'ftpOwed'>) => void;
  /** Resolves when what was remembered outlives the program. */
  readonly kept: () => Promise<void>;
  /** Switches FTP; what became of it comes back by `sent`. */
  readonly pay: (word: FtpWord) => void;
}

export class FtpDebt {
  readonly #parts: FtpDebtParts;
  #owed: FtpWord | null;
  /** Nobody in this life will pay it but us. */
  #isInherited: boolean;

  constructor(parts: FtpDebtParts) {
    this.#parts = parts;
    this.#owed = parts.inherited;
    this.#isInherited = parts.inherited !== null;
  }

  /** FTP has to say this in the end. Resolves when that outlives the program. */
  async owe(word: FtpWord): Promise<void> {
    this.#owed = word;
    this.#isInherited = false;
    this.#parts.remember({ ftpOwed: word });
    await this.#parts.kept();
  }

  /** FTP was switched, by whomever. */
  sent(word: string, outcome: Outcome): void {
    if (outcome.kind !== 'answered' || word !== this.#owed) return;
    this.#owed = null;
    this.#parts.remember({ ftpOwed: null });
  }

  /** The meter can be asked. */
  connected(): void {
    if (this.#isInherited && this.#owed !== null) this.#parts.pay(this.#owed);
  }
}
