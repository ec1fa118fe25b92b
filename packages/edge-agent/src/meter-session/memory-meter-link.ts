/** {@link OpenMeterLink} without a network: the in-memory twin of adapters/tcp/tcp-meter-link.ts, with a meter's end to hold. */
import { LineSplitter } from '@slmm/protocol';
import type { Clock } from '@slmm/shared';
import type { MeterAddress, MeterLink, MeterLinkEvents } from './meter-link.ts';

/** What the far end does: `null` refuses connections. A text is the answer, `null` none. */
export interface MemoryMeter {
  answer: ((line: string) => string | null) | null;
  /** How long the meter takes to answer. */
  latencyMs: number;
  /** Connections are neither taken nor refused. */
  isDeaf?: boolean;
}

/** Every meter of a small world, by `host:port`, and what they saw. */
export class MemoryMeters {
  readonly #clock: Clock;
  readonly #meters = new Map<string, MemoryMeter>();
  readonly #hangUps = new Map<string, () => void>();
  /** Lines received, with when and where. */
  readonly received: { readonly address: string; readonly atMs: number; readonly line: string }[] = [];
  readonly #open = new Map<string, number>();
  mostOpen = 0;
  /** Connections that were begun. */
  attempts = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(address: string, meter: MemoryMeter): void {
    this.#meters.set(address, meter);
  }

  /** The meter ends its connection. */
  hangUp(address: string): void {
    this.#hangUps.get(address)?.();
  }

  openAt(address: string): number {
    return this.#open.get(address) ?? 0;
  }

  readonly open = ({ host, port }: MeterAddress, events: MeterLinkEvents): MeterLink => {
    const address = `${host}:${port}`;
    const splitter = new LineSplitter();
    let isOpen = true;
    this.attempts += 1;
    const end = (cause: 'refused' | 'closed', detail: string): void => {
      if (!isOpen) return;
      isOpen = false;
      this.#count(address, -1);
      events.ended(cause, detail);
    };
    this.#count(address, 1);
    this.#hangUps.set(address, () => end('closed', 'the meter closed the connection'));
    this.#clock.after(1, () => {
      if (!isOpen) return;
      const meter = this.#meters.get(address);
      if (meter?.isDeaf === true) return;
      if (meter === undefined || meter.answer === null) end('refused', 'the meter refused the connection');
      else events.connected();
    });
    return {
      send: (bytes) => {
        for (const token of splitter.push(bytes))
          if (token.kind === 'line') this.#receive(address, token.text, events, () => isOpen);
      },
      close: () => {
        this.#clock.after(1, () => end('closed', 'closed by us'));
      },
    };
  };

  #receive(address: string, line: string, events: MeterLinkEvents, isOpen: () => boolean): void {
    this.received.push({ address, atMs: this.#clock.monotonicMs(), line });
    const meter = this.#meters.get(address);
    const answer = meter?.answer?.(line) ?? null;
    if (meter === undefined || answer === null) return;
    this.#clock.after(meter.latencyMs, () => {
      if (isOpen()) events.bytes(new TextEncoder().encode(answer));
    });
  }

  #count(address: string, by: number): void {
    const count = this.openAt(address) + by;
    this.#open.set(address, count);
    this.mostOpen = Math.max(this.mostOpen, count);
  }
}
