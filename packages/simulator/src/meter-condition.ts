/** The state of a meter beyond its measuring: power, sleep, the wedge of its control listener and its one connection slot. Pure: time comes in. */
import type { FaultSet } from './faults/fault-set.ts';
import type { MeterOptions } from './options.ts';
import type { Condition } from './tcp/doors-wanted.ts';
import { FREE_SLOT, HELD_SLOT, isFree, releasedSlot, type SlotState } from './tcp/slot.ts';

type Power = { readonly name: 'on' } | { readonly name: 'off' } | { readonly name: 'booting'; readonly untilMs: number };

export class MeterCondition {
  readonly #faults: FaultSet;
  #power: Power = { name: 'on' };
  #slot: SlotState = FREE_SLOT;
  #asleepUntilMs: number | null = null;
  #wedged = false;
  /** Since F1 was set. */
  #connects = 0;
  #ftpToggles = 0;

  constructor(faults: FaultSet) {
    this.#faults = faults;
  }

  get power(): Power['name'] {
    return this.#power.name;
  }

  get asleep(): boolean {
    return this.#asleepUntilMs !== null;
  }

  get wedged(): boolean {
    return this.#wedged;
  }

  /** What decides how the ports treat a connect. */
  at(nowMs: number, ftpOn: boolean, busy: MeterOptions['busy']): Condition {
    return {
      power: this.#power.name,
      asleep: this.asleep,
      webApp: this.#faults.get('F15') !== null,
      wedged: this.#wedged,
      deaf: this.#faults.get('F2') !== null,
      slotFree: isFree(this.#slot, nowMs),
      busy,
      ftpOn,
    };
  }

  powerOff(): void {
    this.#power = { name: 'off' };
  }

  /** Power is back; the meter is up after `bootMs`, awake and with a new control listener. */
  boot(nowMs: number, bootMs: number): void {
    this.#power = { name: 'booting', untilMs: nowMs + bootMs };
    this.#asleepUntilMs = null;
    if (this.#wedged) this.#faults.clear('F1');
    this.#wedged = false;
  }

  /** Whether the boot has just ended. */
  bootIsOver(nowMs: number): boolean {
    if (this.#power.name !== 'booting' || nowMs < this.#power.untilMs) return false;
    this.#power = { name: 'on' };
    return true;
  }

  sleep(untilMs: number): void {
    this.#asleepUntilMs = untilMs;
  }

  wake(): void {
    this.#asleepUntilMs = null;
  }

  /** Whether the sleep was for a time and that time is over. */
  sleepIsOver(nowMs: number): boolean {
    return this.#asleepUntilMs !== null && nowMs >= this.#asleepUntilMs;
  }

  slotIsFree(nowMs: number): boolean {
    return isFree(this.#slot, nowMs);
  }

  takeSlot(): void {
    this.#slot = HELD_SLOT;
    this.#connects += 1;
  }

  releaseSlot(nowMs: number, lingerMs: number): void {
    this.#slot = releasedSlot(nowMs, lingerMs);
  }

  ftpToggled(): void {
    this.#ftpToggles += 1;
  }

  /** F1 has been set or cleared: counting begins anew. */
  unwedge(): void {
    this.#wedged = false;
    this.#connects = 0;
    this.#ftpToggles = 0;
  }

  /**
   * Whether the control listener dies now. After counted connects it does so when the last of them has gone;
   * after FTP toggles, or without a count, at once.
   */
  wedgesNow(connections: number): boolean {
    const wedge = this.#faults.get('F1');
    if (wedge === null || this.#wedged) return false;
    const { afterConnects, afterFtpToggles } = wedge;
    const byConnects = afterConnects > 0 && this.#connects >= afterConnects && connections === 0;
    const byToggles = afterFtpToggles > 0 && this.#ftpToggles >= afterFtpToggles;
    this.#wedged = byConnects || byToggles || (afterConnects === 0 && afterFtpToggles === 0);
    return this.#wedged;
  }
}
