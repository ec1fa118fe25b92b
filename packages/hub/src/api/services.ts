import type { CoverageReport, LiveAlert } from '@slmm/protocol';
import type { Clock, Logger } from '@slmm/shared';
import type { Access } from '../access/access.ts';
import type { AlertStore } from '../alerts/alert-store.ts';
import type { AlertEngine } from '../alerts/engine.ts';
import type { Outbox } from '../notify/outbox.ts';
import type { CardFiles } from '../fleet/card-files.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { StatusNoteStore } from '../fleet/status-note.ts';
import type { UnitLogStore } from '../fleet/unit-log.ts';
import type { AnnotationStore } from '../history/annotations.ts';
import type { History } from '../history/history.ts';
import type { ReadingStore } from '../history/reading-store.ts';
import type { Metrics } from '../metrics.ts';

/** Where edges sign in. An external broker has a list of its own of who may, and knows no secrets of ours. */
export type BrokerPlace =
  | { readonly kind: 'own'; readonly port: number; readonly isTls: boolean }
  /** Without a user name or password: settings.ts takes none in it. */
  | { readonly kind: 'external'; readonly url: string };

/** Everything a route may reach. Routes know nothing of HTTP, sockets or databases beyond this. */
export interface ApiServices {
  readonly fleet: Fleet;
  readonly readings: Pick<ReadingStore, 'readings' | 'latest'>;
  readonly history: History;
  readonly annotations: AnnotationStore;
  readonly access: Access;
  /** The gap ledger: what should be there between `fromMs` (inclusive) and `toMs` (exclusive), and what is. */
  coverage(unit: string, fromMs: number, toMs: number): Promise<CoverageReport>;
  readonly alerts: {
    readonly engine: AlertEngine;
    readonly store: AlertStore;
    readonly outbox: Pick<Outbox, 'replay' | 'test' | 'carries'>;
    /** Told of every step in the life of an event, after its commit. Returns the way to stop. */
    readonly listen: (listener: (alert: LiveAlert) => void) => () => void;
    /** Why a webhook must not be sent to this address; `null` when it may. */
    readonly webhookProblem: (url: string) => string | null;
  };
  /** What has happened to units. */
  readonly unitLog: UnitLogStore;
  /** What was said of units' status by hand. */
  readonly statusNotes: StatusNoteStore;
  /** Files that came from meters' cards; `null` where this hub takes none. */
  readonly cardFiles: CardFiles | null;
  readonly broker: () => BrokerPlace;
  /** How many watch this unit live. */
  viewersOf(unit: string): number;
  /** Units whose slot an edge gave away on our word, until a command wants it back. */
  readonly releasedSlots: Set<string>;
  /** `z`: times on SLMM's surface carry their `Z`. */
  readonly compatTimes: 'naive' | 'z';
  readonly metrics: Metrics;
  /** Reasons why the hub cannot do its work right now, one sentence each; empty when it can. */
  readiness(): Promise<readonly string[]>;
  readonly clock: Clock;
  /** The hub's IANA zone, for units without one of their own. */
  readonly timezone: string;
  readonly log: Logger;
}
