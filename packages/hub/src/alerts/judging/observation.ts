/** What can become known about a unit, and what a rule makes of it. Types alone. Neighbours: frame-metric.ts and state-metric.ts turn the one into the other. */
import type { Frame, UnitState } from '@slmm/protocol';
import type { OpenWindow } from '../rules/schedule.ts';

/** Something that became known about a unit. Frames carry the measurement's own time, states the hub's. */
export type Observation =
  | { readonly kind: 'frame'; readonly atMs: number; readonly frame: Frame }
  | { readonly kind: 'unit-state'; readonly atMs: number; readonly state: UnitState }
  | { readonly kind: 'clock-offset'; readonly atMs: number; readonly offsetS: number }
  | { readonly kind: 'edge-state'; readonly atMs: number; readonly online: boolean }
  /** The hub's own way to its broker. */
  | { readonly kind: 'hub-state'; readonly atMs: number; readonly online: boolean };

/** A value of the metric. `value` is `null` where there was a reading but not enough of them to believe the metric. */
export interface MetricSample {
  readonly atMs: number;
  /** Time before `atMs` that it speaks for. */
  readonly coveredMs: number;
  readonly value: number | null;
  /** Share of the metric's own time for which there are readings, 0..1. */
  readonly coverage: number;
}

/** Where on the calendar an observation lies. */
export interface Placed {
  readonly window: OpenWindow | 'always' | null;
  /** IANA zone of the unit, for clock-aligned values. */
  readonly zone: string;
}

/** Reads one rule's metric from the observations of its unit, in the order of their time. Holds only what its windows need. */
export interface MetricReader {
  samples(observation: Observation, placed: Placed): readonly MetricSample[];
  /** Forgets its windows: another measurement begins. */
  reset(): void;
}

export const NO_SAMPLES: readonly MetricSample[] = [];
