import type {
  AppliedConfig,
  Command,
  Demand,
  EdgeHealth,
  EdgeInfo,
  EdgeState,
  Frame,
  Reply,
  Tick,
  UnitEvent,
  UnitInfo,
  UnitState,
} from '@slmm/protocol';
import type { CommandRecord, CommandTicket } from './command-records.ts';

/** Configuration of a unit as the hub keeps it (SLMM 0.4.0's fields, and the edge it hangs on). */
export interface UnitConfig {
  readonly unit: string;
  /** `null` while no edge exists. */
  readonly edge: string | null;
  readonly host: string;
  readonly tcpPort: number;
  readonly ftpPort: number;
  readonly tcpEnabled: boolean;
  readonly ftpEnabled: boolean;
  readonly webEnabled: boolean;
  readonly ftpUsername: string | null;
  readonly ftpPassword: string | null;
  readonly pollEnabled: boolean;
  readonly pollIntervalSeconds: number;
  readonly monitorEnabled: boolean;
  readonly acquisition: 'dod' | 'drd';
  /** IANA zone; `null`: the hub's default. */
  readonly timezone: string | null;
}

/** One edge as enrolled. */
export interface EdgeConfig {
  readonly edge: string;
  readonly createdMs: number;
  readonly revision: number;
}

/** Where configuration lives. Port; the real one is Prisma's. */
export interface FleetStore {
  /** In the order in which they were created. */
  units(): Promise<readonly UnitConfig[]>;
  /** Also remembers for ever that the unit has hung on this edge. */
  putUnit(unit: UnitConfig): Promise<void>;
  deleteUnit(unit: string): Promise<boolean>;
  /** Every pair of unit and edge that ever hung together, of deleted units too. */
  assignments(): Promise<readonly { readonly unit: string; readonly edge: string }[]>;
  edges(): Promise<readonly EdgeConfig[]>;
  /** Creates the edge, or gives it a new secret (kept as the hash of access/secret.ts; `null`: none, nobody can sign in as it). */
  putEdge(edge: string, secretHash: string | null, createdMs: number): Promise<void>;
  deleteEdge(edge: string): Promise<boolean>;
  /** The next configuration revision of this edge: greater than every one given before, and greater than `above`. 0 for an edge that does not exist. */
  nextRevision(edge: string, above?: number): Promise<number>;
}

/** What is known of a unit right now. */
export interface UnitView {
  readonly config: UnitConfig;
  readonly state: UnitState | null;
  readonly info: UnitInfo | null;
  /** The newest committed frame by (`at`, seq). */
  readonly frame: Frame | null;
  readonly edgeOnline: boolean;
}

/** What is known of an edge right now. */
export interface EdgeView {
  readonly config: EdgeConfig;
  readonly state: EdgeState | null;
  readonly info: EdgeInfo | null;
  readonly health: EdgeHealth | null;
  readonly applied: AppliedConfig | null;
  /** Hub time of the last message of this edge. */
  readonly lastSeenMs: number | null;
}

/** Everything that changes, told once, in the order in which it happened. Listeners never throw and never wait. */
export interface FleetListener {
  frame?(unit: string, frame: Frame, late: boolean): void;
  unitState?(unit: string, state: UnitState | null): void;
  unitInfo?(unit: string, info: UnitInfo | null): void;
  unitEvent?(unit: string, event: UnitEvent): void;
  tick?(unit: string, tick: Tick): void;
  edgeState?(edge: string, state: EdgeState): void;
  edgeHealth?(edge: string, health: EdgeHealth): void;
  unitConfig?(unit: string, config: UnitConfig | null): void;
}

/** Units and edges: what is wanted, what is so, and the way to make it so. Neighbours: the bus feeds it, api and live read it. */
export interface Fleet {
  unit(unit: string): UnitView | null;
  /** In the order in which they were created. */
  units(): readonly UnitView[];
  edge(edge: string): EdgeView | null;
  edges(): readonly EdgeView[];
  /** Stores, then publishes the edge's desired configuration anew. */
  putUnit(config: UnitConfig): Promise<void>;
  deleteUnit(unit: string): Promise<boolean>;
  /** Enrols an edge (or renews its secret) and returns the secret, which is shown once. */
  enrolEdge(edge: string): Promise<{ readonly secret: string }>;
  deleteEdge(edge: string): Promise<boolean>;
  /** Sends a command to the unit's edge and waits for its last reply. Never rejects; an absent edge answers at once. */
  command(unit: string, op: string, args: Command['args'], by: string, waitMs: number): Promise<Reply>;
  /** The same for those who follow a command that takes its time. */
  order(unit: string, op: string, args: Command['args'], by: string, waitMs: number): CommandTicket;
  /** The same of a whole edge: lets all its meters rest, or takes them back. The edge keeps it over restarts. */
  orderEdge(edge: string, op: 'standby' | 'resume', by: string, waitMs: number): Promise<Reply>;
  /** What was asked of the unit lately and how far it has come, newest first. */
  commands(unit: string): readonly CommandRecord[];
  /** Whether all meters are to be left alone. */
  readonly isStandby: boolean;
  /** Gives all slots away, or takes them back; a start of the hub takes them back. */
  setStandby(standby: boolean): Promise<void>;
  /** Says who is looking: published as the edges' retained demand. */
  demand(unit: string, wanted: Demand['units'][string] | null): void;
  listen(listener: FleetListener): () => void;
}
