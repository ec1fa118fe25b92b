/**
 * Who holds one meter's slot: this agent, nobody, a program it was lent to, or a rival agent of the same name. Opens and closes the session accordingly,
 * remembers what a person ordered, and returns by itself from a loan. Shell around slot-hold.ts. Neighbour: unit-acquisition.ts.
 */
import type { Clock, Logger } from '@slmm/shared';
import type { MeterSession } from '../meter-session/meter-session.ts';
import { HELD, outranks, type SlotHold, type SlotOwner, whyNotHeld } from './slot-hold.ts';
import type { UnitMemo } from './unit-memory.ts';

/** A loan is over when either clock says so; how often the wall clock is looked at, which may be stepped meanwhile. */
const LOOK_EVERY_MS = 60_000;
/** No loan is longer; one that a machine without the time of day finds on its disk would seem to be. */
const LONGEST_LOAN_MS = 24 * 3_600_000;

export interface SlotKeeperParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Id of this edge, and of this start of it. */
  readonly edge: string;
  readonly boot: string;
  readonly enabled: boolean;
  /** Whether the whole edge stands by at the start. */
  readonly standby: boolean;
  readonly memo: Pick<UnitMemo, 'deactivated' | 'lentUntilMs' | 'fence'>;
  readonly remember: (change: Partial<UnitMemo>) => void;
  /** Resolves when what was remembered outlives the program. */
  readonly kept: () => Promise<void>;
  readonly session: Pick<MeterSession, 'open' | 'close'>;
  /** Tells who holds the slot now; `tell` makes a change an event. */
  readonly report: (hold: SlotHold, owner: SlotOwner | null, tell: boolean) => void;
  /** Says the owner record again. */
  readonly announce: () => void;
}

export class SlotKeeper {
  readonly #parts: SlotKeeperParts;
  #hold: SlotHold;
  #fence: number;
  #hasClaimed = false;
  #isStarted = false;
  #connectFromMs = -Infinity;
  /** When the loan ends by monotonic time. */
  #returnFromMs = -Infinity;
  #cancelReturn: (() => void) | null = null;

  constructor(parts: SlotKeeperParts) {
    this.#parts = parts;
    const { deactivated, lentUntilMs, fence } = parts.memo;
    this.#hold = { ...HELD, enabled: parts.enabled, deactivated, standby: parts.standby, lentUntilMs };
    this.#fence = fence + 1;
    parts.remember({ fence: this.#fence });
    this.#lend(lentUntilMs);
  }

  /** Whether another agent has the unit. */
  get hasRival(): boolean {
    return this.#hold.rival !== null;
  }

  get isHeld(): boolean {
    return whyNotHeld(this.#hold) === null;
  }

  /** From now on the slot is taken where it may be, and not before that instant (monotonic ms). */
  start(connectFromMs: number): void {
    this.#isStarted = true;
    this.#connectFromMs = connectFromMs;
    void this.#apply(false);
  }

  /** No connection from here on, whatever becomes of the hold. The session is closed by its owner. */
  stop(): void {
    this.#cancelReturn?.();
    this.#cancelReturn = null;
    this.#isStarted = false;
  }

  /** Changes whether the slot may be held, and acts on it. Resolves when a slot that is given away is free, and what a person ordered outlives the program. */
  async change(change: Partial<SlotHold>): Promise<void> {
    this.#hold = { ...this.#hold, ...change };
    const { deactivated, lentUntilMs } = this.#hold;
    if ('lentUntilMs' in change) this.#lend(lentUntilMs);
    if ('deactivated' in change || 'lentUntilMs' in change) this.#parts.remember({ deactivated, lentUntilMs });
    await Promise.all([this.#apply(true), this.#parts.kept()]);
  }

  /** Takes the unit whatever stood against it by command: from a rival with a fence above its own. */
  async claim(): Promise<void> {
    const { rival } = this.#hold;
    if (rival !== null) this.#raiseFence(rival.fence + 1);
    await this.change({ rival: null, deactivated: false, lentUntilMs: null });
  }

  /**
   * An owner record of this unit that is not ours. What the broker had kept before we spoke first is of the past, and we go above it;
   * after that the higher fence is right.
   */
  ownerSeen(owner: SlotOwner, kept: boolean): void {
    const own = this.#owner();
    if (owner.boot === own.boot || (this.#hold.rival !== null && !outranks(owner, this.#hold.rival))) return;
    if (kept && !this.#hasClaimed) {
      if (owner.fence >= this.#fence) this.#raiseFence(owner.fence + 1);
      void this.#apply(false);
      return;
    }
    if (!outranks(owner, own)) {
      if (!kept) this.#parts.announce();
      return;
    }
    this.#parts.log.warn({ owner }, 'another agent has taken this unit over; this one stands back');
    void this.change({ rival: owner });
  }

  /** From the first session with the broker on, records of others are of the present. */
  claimed(): void {
    this.#hasClaimed = true;
  }

  #lend(untilMs: number | null): void {
    const { clock } = this.#parts;
    this.#returnFromMs = clock.monotonicMs() + Math.min(LONGEST_LOAN_MS, (untilMs ?? 0) - clock.nowMs());
  }

  #raiseFence(fence: number): void {
    this.#fence = fence;
    this.#parts.remember({ fence });
  }

  #owner(): SlotOwner {
    const { edge, boot } = this.#parts;
    return { edge, boot, fence: this.#fence };
  }

  async #apply(tell: boolean): Promise<void> {
    const { report, session } = this.#parts;
    this.#armReturn();
    report(this.#hold, this.isHeld ? this.#owner() : this.#hold.rival, tell);
    if (!this.#isStarted) return;
    if (this.isHeld) session.open(this.#connectFromMs);
    else await session.close();
  }

  /** A loan that is over is forgotten; one that is not is looked at again when it is. */
  #armReturn(): void {
    const { clock, remember } = this.#parts;
    this.#cancelReturn?.();
    this.#cancelReturn = null;
    const { lentUntilMs } = this.#hold;
    if (lentUntilMs === null) return;
    const leftMs = Math.min(lentUntilMs - clock.nowMs(), this.#returnFromMs - clock.monotonicMs());
    if (leftMs > 0) {
      this.#cancelReturn = clock.after(Math.min(LOOK_EVERY_MS, leftMs), () => void this.#apply(true));
      return;
    }
    this.#hold = { ...this.#hold, lentUntilMs: null };
    remember({ lentUntilMs: null });
  }
}
