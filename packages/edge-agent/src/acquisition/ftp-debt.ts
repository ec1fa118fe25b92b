/**
 * What an order has switched at a meter's FTP and has still to switch back. It is on the disk before the first switch, so that an agent that dies in the middle of a
 * cycle or a transfer, or loses the meter, leaves it no otherwise than it should be: it is switched back with the next connection. Neighbours: unit-desk.ts owes, unit-acquisition.ts tells what happens.
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
  /** The order that made it is over, in this life or a former one, and has not paid. */
  #isLeft: boolean;

  constructor(parts: FtpDebtParts) {
    this.#parts = parts;
    this.#owed = parts.inherited;
    this.#isLeft = parts.inherited !== null;
  }

  /** FTP has to say this in the end. Resolves when that outlives the program. */
  async owe(word: FtpWord): Promise<void> {
    this.#owed = word;
    this.#isLeft = false;
    this.#parts.remember({ ftpOwed: word });
    await this.#parts.kept();
  }

  /** FTP was switched, by whomever. */
  sent(word: string, outcome: Outcome): void {
    if (this.#owed === null) return;
    // An order whose switch fails goes no further.
    if (outcome.kind !== 'answered') this.#isLeft = true;
    else if (word === this.#owed) {
      this.#owed = null;
      this.#parts.remember({ ftpOwed: null });
    }
  }

  /** The meter can be asked. */
  connected(): void {
    if (this.#isLeft && this.#owed !== null) this.#parts.pay(this.#owed);
  }
}
