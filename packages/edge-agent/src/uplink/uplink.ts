/**
 * The edge's side of the bus, put together: birth and last will, retained topics, frames, what the hub says, health, the clock.
 * Neighbours: acquisition speaks to it through the outlet; journal and bus client are given to it; edge.ts starts it.
 */
import { type Acknowledge, type DesiredUnit, topics } from '@slmm/protocol';
import type { Clock, Closeable, Logger } from '@slmm/shared';
import type { Outlet } from '../acquisition/outlet.ts';
import type { Units } from '../acquisition/units.ts';
import type { Journal } from '../journal/journal.ts';
import type { BusClient } from './bus-client.ts';
import { DesiredState } from './desired-state.ts';
import type { DurableText } from './durable-text.ts';
import { EdgeClock } from './edge-clock.ts';
import { EdgeOutlet } from './edge-outlet.ts';
import { type EdgeIdentity, EdgeSelf } from './edge-self.ts';
import { FrameSender } from './frame-sender.ts';
import { HubInbox } from './hub-inbox.ts';
import { RetainedSet } from './retained-set.ts';
import { SendWindow } from './send-window.ts';
import { WanMeter } from './wan-meter.ts';

const SECOND_MS = 1000;
/** What the broker had kept of our units has come by then. */
const CLAIM_AFTER_MS = 5000;
/** How long the farewell may take at a clean stop. */
const FAREWELL_MS = 1500;

export interface UplinkOptions extends EdgeIdentity {
  readonly edge: string;
  readonly batchFrames: number;
  readonly batchMs: number;
  readonly backfillPerS: number;
  readonly lastEveryMs: number;
}

export interface UplinkParts {
  readonly options: UplinkOptions;
  readonly journal: Journal;
  readonly bus: BusClient;
  readonly clock: Clock;
  /** Milliseconds since the machine was started, time asleep included: what tells a step of the clock from a long sleep. */
  readonly sinceBootMs: () => number;
  readonly log: Logger;
  /** Units of the agent's own file. */
  readonly pinned?: readonly DesiredUnit[];
  readonly configFile: DurableText;
  readonly wanFile: DurableText;
  readonly newId: () => string;
  readonly residentBytes: () => number;
}

export class Uplink implements Closeable {
  readonly #parts: UplinkParts;
  readonly #retained = new RetainedSet();
  readonly #window: SendWindow;
  readonly #sender: FrameSender;
  readonly #outlet: EdgeOutlet;
  readonly #wan: WanMeter;
  readonly #clock: EdgeClock;
  readonly #self: EdgeSelf;
  #units: Units | null = null;
  #desired: DesiredState | null = null;
  #inbox: HubInbox | null = null;
  #cancelTick: (() => void) | null = null;
  #cancelClaim: (() => void) | null = null;
  #closed: Promise<void> | null = null;

  constructor(parts: UplinkParts) {
    const { options, journal, bus, clock, log } = parts;
    this.#parts = parts;
    this.#self = new EdgeSelf(options, journal, clock);
    this.#clock = new EdgeClock({
      clock,
      sinceBootMs: parts.sinceBootMs,
      log,
      newId: parts.newId,
      correct: (byMs) => this.#sender.clockStepped(byMs),
      tell: (unit, event) => this.#outlet.unitEvent(unit, event),
    });
    this.#window = new SendWindow({ bus, clock, log, retained: this.#retained, wantBatch: () => this.#sender.pump() });
    this.#sender = new FrameSender({
      edge: options.edge,
      journal,
      window: this.#window,
      clock,
      log,
      economy: options.mode === 'economy',
      batchFrames: options.batchFrames,
      batchMs: options.batchMs,
      backfillPerS: options.backfillPerS,
    });
    this.#outlet = new EdgeOutlet({
      edge: options.edge,
      journal,
      bus,
      window: this.#window,
      retained: this.#retained,
      clock,
      log,
      lastEveryMs: options.lastEveryMs,
      lookAtClock: () => this.#clock.look(),
      offsetMs: () => this.#clock.stampMs,
    });
    this.#wan = new WanMeter(parts.wanFile, clock, log, () => bus.bytes);
  }

  /** Where acquisition hands over what it has. */
  get outlet(): Outlet {
    return this.#outlet;
  }

  /** Takes a piece of a card's file to the hub, behind all else. */
  sendFilePiece(transfer: string, payload: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.#window.filePiece({ topic: topics.file(this.#parts.options.edge, transfer), payload }, signal);
  }

  /** The will that the broker speaks when the connection breaks. Made anew for each connection, because the epoch may have changed. */
  lastWill(): { readonly topic: string; readonly payload: string } {
    return {
      topic: topics.edgeState(this.#parts.options.edge),
      payload: JSON.stringify(this.#self.state('offline', 'connection lost')),
    };
  }

  /** Takes up the last configuration, then connects. */
  async start(units: Units): Promise<void> {
    const { options, journal, bus, clock, log, configFile } = this.#parts;
    this.#units = units;
    await this.#wan.start();
    journal.listen({
      durable: (frames) => this.#sender.durable(frames),
      epochChanged: () => this.#changed(),
      changed: () => this.#sender.journalChanged(),
    });
    const desired = new DesiredState({
      edge: options.edge,
      units,
      pinned: this.#parts.pinned ?? [],
      file: configFile,
      retained: this.#retained,
      window: this.#window,
      clock,
      log,
      changed: () => this.#changed(),
    });
    this.#desired = desired;
    const inbox = new HubInbox({
      edge: options.edge,
      clock,
      log,
      window: this.#window,
      hub: (boot, news) => this.#hubIs(boot, news),
      acknowledged: (acknowledge) => this.#acknowledged(acknowledge),
      config: (config) => desired.receive(config),
      demand: (demand) => {
        this.#sender.demand(demand);
        units.demand(demand);
      },
      owner: (unit, owner, kept) => units.ownerSeen?.(unit, owner, kept),
      execute: (command, progress) => units.execute(command, progress),
    });
    this.#inbox = inbox;
    await desired.start();
    this.#birth();
    this.#tick();
    bus.start({
      connected: () => {
        this.#birth();
        units.announce();
        this.#cancelClaim ??= clock.after(CLAIM_AFTER_MS, () => units.claimed?.());
        this.#window.opened();
        this.#sender.connected();
        this.#tellHealth();
      },
      disconnected: () => {
        this.#window.ended();
        this.#sender.disconnected();
      },
      message: (message) => inbox.receive(message),
    });
  }

  /** Says goodbye where somebody listens, and disconnects. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { bus, clock, options } = this.#parts;
    this.#cancelTick?.();
    this.#cancelClaim?.();
    this.#sender.close();
    if (bus.connected) {
      const farewell = JSON.stringify(this.#self.state('offline', 'stopped'));
      let cancel = (): void => {};
      const limit = new Promise<void>((done) => {
        cancel = clock.after(FAREWELL_MS, done);
      });
      await Promise.race([bus.publish(topics.edgeState(options.edge), farewell, { qos: 1, retain: true }), limit]);
      cancel();
    }
    await this.#wan.keep(true);
    await this.#desired?.written();
    await bus.close();
  }

  #tick(): void {
    this.#cancelTick = this.#parts.clock.after(SECOND_MS, () => this.#tick());
    this.#clock.look();
    this.#outlet.tellLasts();
    if (this.#self.isHealthDue) this.#tellHealth();
    void this.#wan.keep();
  }

  /** State and info, retained, to be sent at the next occasion. */
  #birth(): void {
    const { edge } = this.#parts.options;
    const info = this.#self.info(this.#desired?.units ?? [], this.#desired?.revision ?? 0);
    this.#retained.set(topics.edgeState(edge), JSON.stringify(this.#self.state('online', 'connected')));
    this.#retained.set(topics.edgeInfo(edge), JSON.stringify(info));
  }

  /** A hub that has started while this session was open has heard no birth: it is said again, and answered with the watermarks. */
  #hubIs(boot: string | null, news: boolean): void {
    if (boot !== null && news) {
      this.#birth();
      this.#window.pump();
    }
    this.#sender.hub(boot);
  }

  #changed(): void {
    this.#birth();
    this.#sender.journalChanged();
    this.#window.pump();
  }

  #acknowledged(acknowledge: Acknowledge): void {
    const receivedMs = this.#parts.clock.nowMs();
    this.#clock.heard(acknowledge, this.#sender.acknowledged(acknowledge), receivedMs);
  }

  #tellHealth(): void {
    const { bus, options, residentBytes } = this.#parts;
    const health = this.#self.health({
      unsent: this.#sender.unsent(),
      published: this.#window.published,
      droppedEvents: this.#window.droppedEvents,
      refusedFrames: this.#outlet.refusedFrames,
      badMessages: this.#inbox?.bad ?? 0,
      clockOffsetMs: this.#clock.offsetMs,
      wanBytes: this.#wan.bytes(),
      residentBytes: residentBytes(),
      units: this.#units?.health() ?? {},
    });
    if (bus.connected) void bus.publish(topics.edgeHealth(options.edge), JSON.stringify(health), { qos: 0, retain: true });
  }
}
