/** Brings simulated meters into the states that recorded cases speak of, through the simulator's control port. */
import type { Golden } from './golden.ts';

/** What a case needs: nothing more than now, or more than this bench can do. */
export type Prepared =
  | {
      readonly kind: 'ready';
      /** Where it differs from the recorded one. */ readonly path?: string;
      readonly during?: () => Promise<void>;
    }
  | { readonly kind: 'cannot'; readonly why: string };

export interface BenchParts {
  /** The hub, or SLMM itself. */
  readonly hub: {
    ask(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  };
  /** `http://127.0.0.1:…` of the simulator's control port. */
  readonly control: string;
  /** The simulated meters behind nl43-a and nl43-b. */
  readonly meters: Readonly<Record<'a' | 'b', string>>;
  /** Sets a meter to Manual store mode and finishes a measurement on it; no route can. Absent: such cases are skipped. */
  readonly finishManually?: () => Promise<void>;
}

interface Fault {
  readonly meter: 'a' | 'b';
  readonly id: string;
  readonly params: object;
}

/** Faults by the name of the case. */
const FAULTS: readonly (readonly [RegExp, Fault])[] = [
  [/^hang_/, { meter: 'b', id: 'F7', params: { part: 'all' } }],
  [/^garble_code/, { meter: 'b', id: 'F7', params: { part: 'code-end' } }],
  [/^garble_short_dod/, { meter: 'b', id: 'F10', params: { mode: 'short' } }],
  [/^garble_measure/, { meter: 'b', id: 'F20', params: { text: 'M?as~' } }],
  [/^drop_/, { meter: 'b', id: 'F7', params: { part: 'connection' } }],
  [/^wedge_/, { meter: 'b', id: 'F1', params: {} }],
  [/^(events_offline|monitor_status_backoff)$/, { meter: 'a', id: 'F1', params: {} }],
];
const WEDGE: Fault = { meter: 'a', id: 'F1', params: {} };
/** In the recording the meter refused from 3 s to 41 s. */
const OUTAGE_MS = [3_000, 41_000] as const;
/** A reading is taken for live that is so old; a fault has to be older. */
const STALE_MS = 3_000;
/** The edge comes back ever more slowly to a meter that fails again and again, until it has been well for half a minute. */
const SOUND_MS = 31_000;
const PATIENCE_MS = 90_000;
const EVENTS = '/api/nl43/nl43-a/alerts/events';

interface Event {
  readonly id: number;
  readonly metric: string;
  readonly status: string;
}

export class Bench {
  readonly #parts: BenchParts;
  #fault: Fault | null = null;

  constructor(parts: BenchParts) {
    this.#parts = parts;
  }

  async prepare({ name, path, preconditions = '' }: Golden): Promise<Prepared> {
    await this.#let(FAULTS.find(([pattern]) => pattern.test(name))?.[1] ?? null);
    switch (name) {
      case 'get_results':
        // A measurement has to be over, and another one to run.
        for (const order of ['stop', 'start']) await this.#parts.hub.ask('POST', `/api/nl43/nl43-a/${order}`);
        return { kind: 'ready' };
      case 'events_active':
        await this.#level(95);
        await this.#until(async () => (await this.#events()).some((event) => event.metric === 'lp' && event.status === 'active'));
        return { kind: 'ready' };
      case 'event_ack': {
        const open = (await this.#events()).find((event) => event.metric === 'lp' && event.status === 'active');
        if (open === undefined) return { kind: 'cannot', why: 'there is no active event' };
        return { kind: 'ready', path: path.replace(/\/events\/\d+\//, `/events/${open.id}/`) };
      }
      case 'events_cleared':
        await this.#level(60);
        await this.#until(async () => (await this.#events()).every((event) => event.status !== 'active'));
        return { kind: 'ready' };
      case 'events_offline':
      case 'monitor_status_backoff':
        await this.#until(async () =>
          (await this.#events()).some((event) => event.metric === 'connectivity' && event.status === 'active'),
        );
        return { kind: 'ready' };
      case 'ws_monitor_unreachable_heartbeat':
        await pause(SOUND_MS);
        return { kind: 'ready', during: () => this.#outage() };
      case 'store':
        if (this.#parts.finishManually === undefined) return { kind: 'cannot', why: preconditions };
        await this.#parts.finishManually();
        return { kind: 'ready' };
      default:
        return { kind: 'ready' };
    }
  }

  /** This fault and no other. Nothing is asked before the meter is as it should be, as far as the hub can tell. */
  async #let(fault: Fault | null): Promise<void> {
    if (JSON.stringify(fault) === JSON.stringify(this.#fault)) return;
    if (this.#fault !== null) await this.#clear(this.#fault);
    this.#fault = fault;
    if (fault === null) return;
    await this.#control('PUT', `/meters/${this.#parts.meters[fault.meter]}/faults/${fault.id}`, fault.params);
    await pause(STALE_MS);
  }

  async #clear(fault: Fault): Promise<void> {
    await this.#control('DELETE', `/meters/${this.#parts.meters[fault.meter]}/faults`);
    const { hub } = this.#parts;
    await this.#until(async () => (await hub.ask('GET', `/api/nl43/nl43-${fault.meter}/live`)).status === 200);
  }

  async #outage(): Promise<void> {
    const [fromMs, toMs] = OUTAGE_MS;
    await pause(fromMs);
    await this.#control('PUT', `/meters/${this.#parts.meters.a}/faults/F1`, {});
    await pause(toMs - fromMs);
    await this.#control('DELETE', `/meters/${this.#parts.meters.a}/faults`);
    this.#fault = WEDGE;
  }

  async #level(db: number): Promise<void> {
    await this.#control('PUT', `/meters/${this.#parts.meters.a}/level`, { db });
  }

  async #events(): Promise<readonly Event[]> {
    const { body } = await this.#parts.hub.ask('GET', EVENTS);
    return (body as { readonly events: readonly Event[] }).events;
  }

  async #control(method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(`${this.#parts.control}${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`the simulator said ${response.status} to ${method} ${path}: ${await response.text()}`);
    await response.arrayBuffer();
  }

  /** Asks until it is so; after a while the case shows for itself that it is not. */
  async #until(isSo: () => Promise<boolean>): Promise<void> {
    const giveUpAtMs = performance.now() + PATIENCE_MS;
    while (!(await isSo()) && performance.now() < giveUpAtMs) await pause(500);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
