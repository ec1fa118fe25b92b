import type { Tick } from '@slmm/protocol';
import type { Clock, Closeable } from '@slmm/shared';
import type { Fleet, UnitView } from '../fleet/fleet.ts';
import type { LiveConnection } from './live-connection.ts';
import { encode } from './viewer.ts';
import type { WatchDemand } from './watch-demand.ts';

/** A viewer that has not taken so many bytes misses ticks until it has: ticks are worth nothing when they are old. */
const MAX_BUFFERED_BYTES = 65_536;
const CHECK_MS = 1_000;
const PING_EVERY_MS = 10_000;
/** Without a sign of life for so long nobody is there any more. */
const SILENT_MS = 30_000;
/** The edge has to interrupt what it does and the meter to begin; then ticks come ten times a second, but for the pauses in which the edge asks the meter something else. */
const SILENCE_MS = 15_000;

/** The words of a stream. Pure; the real ones are SLMM's. */
export interface StreamWords {
  tick(unit: string, tick: Tick, view: UnitView | null, atMs: number): object;
  /** Why there is no stream, told before it is closed; `null` while there may be one. */
  problem(unit: string, view: UnitView | null): object | null;
  /** The meter does not stream, for the reason that its edge gives. */
  refused(unit: string, reason: string): object;
  /** The meter sends nothing. */
  silence(unit: string, view: UnitView | null, waitedMs: number): object;
}

/** One open connection. */
export interface StreamViewer {
  /** A sign of life. */
  answered(): void;
  close(code: number, reason: string): void;
  /** The connection is gone. */
  gone(): void;
}

interface Open {
  readonly unit: string;
  readonly connection: LiveConnection;
  lastTickMs: number;
  lastPingMs: number;
  unansweredSinceMs: number | null;
}

/** Carries a unit's 10 Hz stream to everybody who wants it; the edge is asked for it from the first viewer until a little after the last. */
export class StreamFeed implements Closeable {
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #demand: WatchDemand;
  readonly #words: StreamWords;
  readonly #open = new Map<string, Set<Open>>();
  readonly #stopListening: () => void;
  #cancelCheck: () => void;

  constructor(fleet: Fleet, clock: Clock, demand: WatchDemand, words: StreamWords) {
    this.#fleet = fleet;
    this.#clock = clock;
    this.#demand = demand;
    this.#words = words;
    this.#stopListening = fleet.listen({
      tick: (unit, tick) => this.#onTick(unit, tick),
      unitEvent: (unit, event) => {
        if (event.kind === 'fallback' && event.detail?.['acquisition'] === 'dod')
          for (const open of this.#open.get(unit) ?? []) this.#end(open, this.#words.refused(unit, event.text));
      },
      unitState: (unit) => this.#onCondition(unit),
      unitConfig: (unit) => this.#onCondition(unit),
      edgeState: (edge) => {
        for (const unit of this.#open.keys()) if (this.#fleet.unit(unit)?.config.edge === edge) this.#onCondition(unit);
      },
    });
    this.#cancelCheck = clock.after(CHECK_MS, () => this.#check());
  }

  /** Takes a connection in. Where there can be no stream it is told why and closed. */
  join(connection: LiveConnection, unit: string): StreamViewer {
    const nowMs = this.#clock.monotonicMs();
    const open: Open = { unit, connection, lastTickMs: nowMs, lastPingMs: nowMs, unansweredSinceMs: null };
    const viewer: StreamViewer = {
      answered: () => {
        open.unansweredSinceMs = null;
      },
      close: (code, reason) => {
        this.#leave(open);
        connection.close(code, reason);
      },
      gone: () => this.#leave(open),
    };
    const problem = this.#words.problem(unit, this.#fleet.unit(unit));
    if (problem !== null) {
      connection.send(encode(problem));
      connection.close(1000, '');
      return viewer;
    }
    const viewers = this.#open.get(unit) ?? new Set();
    this.#open.set(unit, viewers.add(open));
    this.#demand.watch(unit, 'stream');
    return viewer;
  }

  close(): Promise<void> {
    this.#cancelCheck();
    this.#stopListening();
    for (const viewers of this.#open.values())
      for (const { connection } of viewers) connection.close(1001, 'The hub is stopping.');
    this.#open.clear();
    return Promise.resolve();
  }

  #onTick(unit: string, tick: Tick): void {
    const viewers = this.#open.get(unit);
    if (viewers === undefined) return;
    const bytes = encode(this.#words.tick(unit, tick, this.#fleet.unit(unit), this.#clock.nowMs()));
    const nowMs = this.#clock.monotonicMs();
    for (const open of viewers) {
      open.lastTickMs = nowMs;
      if (open.connection.bufferedBytes <= MAX_BUFFERED_BYTES) open.connection.send(bytes);
    }
  }

  #onCondition(unit: string): void {
    const viewers = this.#open.get(unit);
    if (viewers === undefined) return;
    const problem = this.#words.problem(unit, this.#fleet.unit(unit));
    if (problem !== null) for (const open of viewers) this.#end(open, problem);
  }

  #check(): void {
    this.#cancelCheck = this.#clock.after(CHECK_MS, () => this.#check());
    const nowMs = this.#clock.monotonicMs();
    for (const viewers of this.#open.values()) {
      for (const open of viewers) {
        const waitedMs = nowMs - open.lastTickMs;
        if (waitedMs > SILENCE_MS) this.#end(open, this.#words.silence(open.unit, this.#fleet.unit(open.unit), waitedMs));
        else if (open.unansweredSinceMs !== null && nowMs - open.unansweredSinceMs > SILENT_MS) {
          this.#leave(open);
          open.connection.terminate();
        } else if (nowMs - open.lastPingMs >= PING_EVERY_MS) {
          open.lastPingMs = nowMs;
          open.unansweredSinceMs ??= nowMs;
          open.connection.ping();
        }
      }
    }
  }

  #end(open: Open, problem: object): void {
    this.#leave(open);
    open.connection.send(encode(problem));
    open.connection.close(1000, '');
  }

  #leave(open: Open): void {
    const viewers = this.#open.get(open.unit);
    if (viewers === undefined || !viewers.delete(open)) return;
    if (viewers.size === 0) this.#open.delete(open.unit);
    this.#demand.release(open.unit, 'stream');
  }
}
