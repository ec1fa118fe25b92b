/** The journal's and the bus's side of what acquisition hands over. Neighbours: acquisition fills it through the port, journal and send window carry on. */
import { frameSchema, type Last, topics, type UnitEvent, type UnitInfo, type UnitState } from '@slmm/protocol';
import type { Clock, Logger } from '@slmm/shared';
import type { FrameDraft, Outlet } from '../acquisition/outlet.ts';
import type { Journal } from '../journal/journal.ts';
import type { BusClient } from './bus-client.ts';
import type { RetainedSet } from './retained-set.ts';
import type { SendWindow } from './send-window.ts';

export interface EdgeOutletParts {
  readonly edge: string;
  readonly journal: Journal;
  readonly bus: BusClient;
  readonly window: SendWindow;
  readonly retained: RetainedSet;
  readonly clock: Clock;
  readonly log: Logger;
  /** Least time between two `last` messages of a unit. */
  readonly lastEveryMs: number;
  /** Looks whether the wall clock was stepped; before each frame. */
  readonly lookAtClock: () => void;
  /** Edge clock minus hub clock, to stamp frames with. */
  readonly offsetMs: () => number | null;
}

interface LastOfUnit {
  draft: FrameDraft;
  toldMs: number;
  told: boolean;
}

export class EdgeOutlet implements Outlet {
  readonly #parts: EdgeOutletParts;
  readonly #lasts = new Map<string, LastOfUnit>();
  refusedFrames = 0;

  constructor(parts: EdgeOutletParts) {
    this.#parts = parts;
  }

  frame(draft: FrameDraft): void {
    const { journal, log, lookAtClock, offsetMs } = this.#parts;
    lookAtClock();
    const stampMs = offsetMs();
    const stamped: FrameDraft = stampMs === null || draft.offset_ms !== undefined ? draft : { ...draft, offset_ms: stampMs };
    const checked = frameSchema.safeParse({ ...stamped, v: 1, epoch: journal.epoch, seq: 1 });
    if (!checked.success) {
      this.refusedFrames += 1;
      const issue = checked.error.issues[0];
      log.error(
        { unit: draft.unit, field: issue?.path.join('.'), reason: issue?.message },
        'a frame does not fit the contract; it is dropped',
      );
      return;
    }
    journal.append(stamped);
    const before = this.#lasts.get(draft.unit);
    this.#lasts.set(draft.unit, { draft, toldMs: before?.toldMs ?? Number.NEGATIVE_INFINITY, told: false });
    this.#tellLast(draft.unit);
  }

  unitState(unit: string, state: UnitState | null): void {
    this.#retain(topics.unitState(this.#parts.edge, unit), state);
    if (state !== null) return;
    this.#lasts.delete(unit);
    this.#retain(topics.last(this.#parts.edge, unit), null);
  }

  unitInfo(unit: string, info: UnitInfo | null): void {
    this.#retain(topics.unitInfo(this.#parts.edge, unit), info);
  }

  standBack(unit: string): void {
    const { edge, retained } = this.#parts;
    this.#lasts.delete(unit);
    for (const topic of [topics.unitState(edge, unit), topics.unitInfo(edge, unit), topics.last(edge, unit)])
      retained.forget(topic);
  }

  unitEvent(unit: string, event: UnitEvent): void {
    this.#parts.window.urgent({ topic: topics.unitEvent(this.#parts.edge, unit), payload: JSON.stringify(event) });
  }

  tick(unit: string, tick: Readonly<Record<string, unknown>>): void {
    const { bus, edge } = this.#parts;
    if (!bus.connected || bus.congested) return;
    void bus.publish(topics.drd(edge, unit), JSON.stringify(tick), { qos: 0, retain: false });
  }

  /** Once a second: units whose newest frame was held back. */
  tellLasts(): void {
    for (const unit of this.#lasts.keys()) this.#tellLast(unit);
  }

  #tellLast(unit: string): void {
    const last = this.#lasts.get(unit);
    const nowMs = this.#parts.clock.monotonicMs();
    if (last === undefined || last.told || nowMs - last.toldMs < this.#parts.lastEveryMs) return;
    last.told = true;
    last.toldMs = nowMs;
    const { at, run, lp, leq, lmax, lmin, lpeak, ln, interval } = last.draft;
    const stale = Math.ceil((this.#parts.lastEveryMs / 1000) * 2 + (interval?.s ?? 1) * 3);
    const message: Last = { at, stale_after_s: stale, run, lp, leq, lmax, lmin, lpeak, ln };
    this.#retain(topics.last(this.#parts.edge, unit), message);
  }

  #retain(topic: string, message: object | null): void {
    if (message === null) this.#parts.retained.remove(topic);
    else this.#parts.retained.set(topic, JSON.stringify(message));
    this.#parts.window.pump();
  }
}
