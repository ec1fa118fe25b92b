import { z } from 'zod';
import type { Interval } from '../bus/frame.ts';

/** What a browser or a program sends on `GET /api/v1/live`. */
export const liveRequestSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('subscribe'),
    /** Unit ids, or `["*"]` for all the caller may see. Replaces the former set. */
    units: z.array(z.string().max(64)).max(1000),
    /** Resume: per unit the last `epoch:seq` that was seen; the hub first sends what came since (at most 10 minutes). */
    after: z.record(z.string().max(64), z.string().max(80)).optional(),
    /** Also each step of every alert the caller may see, of whatever unit; default no. */
    alerts: z.boolean().optional(),
  }),
  z.object({ type: z.literal('ping') }),
]);
export type LiveRequest = z.infer<typeof liveRequestSchema>;

/** An interval as it is shown: beside what edges measure there are rows of imported series. */
export type ShownInterval = Omit<Interval, 'basis'> & { readonly basis: Interval['basis'] | 'import' };

/** A level for a person to look at. */
export interface LiveFrame {
  readonly at: string;
  readonly epoch: string;
  readonly seq: number;
  readonly run: 'Start' | 'Stop' | 'unknown';
  readonly lp: number | null;
  readonly leq: number | null;
  readonly le: number | null;
  readonly lmax: number | null;
  readonly lmin: number | null;
  readonly lpeak: number | null;
  readonly ln: readonly (number | null)[];
  readonly over: boolean;
  readonly under: boolean;
  /** What is new since the frame before; the other levels but `lp` are cumulative. */
  readonly interval: ShownInterval | null;
}

/** An event at one step of its life, as it stands then. */
export interface LiveAlert {
  readonly event_id: string;
  /** The unit; of an edge that is away the edge, of the hub itself `hub`. */
  readonly unit: string;
  /** `null` for events that need no rule. */
  readonly rule: string | null;
  readonly name: string;
  readonly step: 'onset' | 'reopen' | 'level-up' | 'level-down' | 'clear' | 'acknowledge' | 'comment' | 'superseded';
  readonly at: string;
  readonly status: 'active' | 'cleared' | 'superseded';
  readonly level: string | null;
  readonly late: boolean;
  readonly acknowledged_by: string | null;
  readonly reason: string;
}

/** What the hub sends on `GET /api/v1/live`. */
export type LiveMessage =
  | {
      readonly type: 'frame';
      readonly unit: string;
      readonly frame: LiveFrame;
      /** Frames of this unit that this viewer did not get because it was slow; absent when none. */
      readonly missed?: number;
    }
  | {
      readonly type: 'unit';
      readonly unit: string;
      readonly link: string;
      readonly reachable: boolean;
      readonly run: string;
      readonly since: string | null;
      readonly reason: string | null;
      /** Whether the unit's edge is there, where the hub says so. */
      readonly edge_online?: boolean;
    }
  | { readonly type: 'alert'; readonly alert: LiveAlert }
  | { readonly type: 'heartbeat'; readonly at: string }
  | { readonly type: 'refused'; readonly reason: string };
