/** Metrics of the level: one value per frame, computed over what the frame says or over windows of time. Neighbours: metric.ts chooses, energy-window.ts and level-window.ts sum. */
import type { Frame } from '@slmm/protocol';
import { energyOf, levelOf } from '@slmm/shared';
import { type MetricReader, type MetricSample, NO_SAMPLES, type Observation } from './observation.ts';
import { localBlock, type LocalBlock } from '../rules/local-days.ts';
import type { Metric, Rule } from '../rules/rule.ts';
import { EnergyWindow } from './energy-window.ts';
import { LevelWindow } from './level-window.ts';

type FrameMetric = Exclude<Metric, { kind: 'health' | 'sd-free-mb' | 'clock-offset-s' | 'connectivity' }>;
type FrameObservation = Extract<Observation, { kind: 'frame' }>;

/** `sinceMs`: from when the rule counts; what is about elapsed time waits until enough of it has passed since then. */
export function createFrameReader(rule: Rule, metric: FrameMetric, sinceMs: number): MetricReader {
  switch (metric.kind) {
    case 'lp':
      return direct(rule, (frame) => frame.lp);
    case 'interval':
      return direct(rule, (frame) => frame.interval?.[metric.of] ?? null);
    case 'device':
      return direct(rule, (frame) => deviceValue(frame, metric.of));
    case 'leq':
      return metric.mode === 'moving'
        ? ofWindow(
            rule,
            () => new EnergyWindow(metric.seconds),
            (window, atMs) => window.at(atMs),
          )
        : clockLevel(rule, metric.seconds);
    case 'ln':
      return ofWindow(
        rule,
        () => new LevelWindow(metric.seconds),
        (window, atMs) => window.at(atMs, metric.percent),
      );
    case 'headroom':
      return headroom(rule, metric.limit);
    case 'coverage':
      return coverageOf(metric.seconds, sinceMs);
  }
}

/** The overload mark of each frame; it speaks for the frame's own time. */
export function createOverloadReader(rule: Rule): MetricReader {
  return direct(rule, (frame) => Number(frame.over));
}

const ofFrames = (samples: (observation: FrameObservation) => readonly MetricSample[], reset: () => void): MetricReader => ({
  samples: (observation) => (observation.kind === 'frame' ? samples(observation) : NO_SAMPLES),
  reset,
});

/** Time that a frame speaks for. A frame without an interval speaks for no time at all, but its values still count as seen. */
function coveredMsOf(rule: Rule, frame: Frame): number {
  return frame.interval === null ? 0 : Math.min(frame.interval.s * 1000, rule.max_gap_s * 1000);
}

/** The level that goes into averages. An overloaded one is a lower bound: it counts where a rule looks for too loud, never where it looks for too quiet. */
function usableLevel(rule: Rule, frame: Frame): number | null {
  if (frame.interval === null || frame.run === 'Stop') return null;
  return frame.over && rule.comparison === 'below' ? null : frame.interval.leq;
}

function direct(rule: Rule, valueOf: (frame: Frame) => number | null): MetricReader {
  return ofFrames(
    ({ atMs, frame }) => [{ atMs, coveredMs: coveredMsOf(rule, frame), value: valueOf(frame), coverage: 1 }],
    () => undefined,
  );
}

function deviceValue(frame: Frame, of: Extract<Metric, { kind: 'device' }>['of']): number | null {
  switch (of) {
    case 'ln1':
    case 'ln2':
    case 'ln3':
    case 'ln4':
    case 'ln5':
      return frame.ln[Number(of.slice(2)) - 1] ?? null;
    case 'lp':
    case 'leq':
    case 'le':
    case 'lmax':
    case 'lmin':
    case 'lpeak':
    case 'lieq':
    case 'leqmov':
    case 'ltm5':
      return frame[of];
  }
}

/** A statistic over the last T seconds, believed once enough of them are covered. */
function ofWindow<W extends EnergyWindow | LevelWindow>(
  rule: Rule,
  create: () => W,
  at: (window: W, atMs: number) => { readonly value: number | null; readonly coverage: number },
): MetricReader {
  let window = create();
  return ofFrames(
    ({ atMs, frame }) => {
      const level = usableLevel(rule, frame);
      const coveredMs = coveredMsOf(rule, frame);
      if (level !== null) window.add(atMs, coveredMs, level);
      const { value, coverage } = at(window, atMs);
      return [{ atMs, coveredMs, value: coverage >= rule.min_coverage ? value : null, coverage }];
    },
    () => {
      window = create();
    },
  );
}

/** One value at the end of each full T of local time, as soon as a reading shows that it is over. */
function clockLevel(rule: Rule, seconds: number): MetricReader {
  let open: { readonly block: LocalBlock; energyMs: number; coveredMs: number } | null = null;
  const finished = ({ block, energyMs, coveredMs }: NonNullable<typeof open>): MetricSample => {
    const lengthMs = block.endMs - block.startMs;
    const coverage = Math.min(1, coveredMs / lengthMs);
    const level = coveredMs > 0 ? levelOf(energyMs / coveredMs) : null;
    const value = coverage >= rule.min_coverage ? level : null;
    return { atMs: block.endMs, coveredMs: lengthMs, value, coverage };
  };
  return {
    samples(observation, { zone }) {
      if (observation.kind !== 'frame') return NO_SAMPLES;
      const samples: MetricSample[] = [];
      const level = usableLevel(rule, observation.frame);
      let fromMs = observation.atMs - coveredMsOf(rule, observation.frame);
      do {
        const block = open !== null && isWithin(open.block, fromMs) ? open.block : localBlock(zone, seconds * 1000, fromMs);
        if (open !== null && block.startMs > open.block.startMs) {
          if (open.block.isWhole) samples.push(finished(open));
          open = null;
        }
        open ??= { block, energyMs: 0, coveredMs: 0 };
        const endMs = Math.min(observation.atMs, block.endMs);
        if (level !== null && block.startMs === open.block.startMs) {
          open.energyMs += energyOf(level) * (endMs - fromMs);
          open.coveredMs += endMs - fromMs;
        }
        fromMs = endMs;
      } while (fromMs < observation.atMs);
      return samples;
    },
    reset: () => {
      open = null;
    },
  };
}

const isWithin = ({ startMs, endMs }: LocalBlock, atMs: number): boolean => startMs <= atMs && atMs < endMs;

/** What may be averaged for the rest of the open window: its energy budget less what was used; time without readings is taken to be like the rest. */
function headroom(rule: Rule, limitDb: number): MetricReader {
  let used: { readonly startMs: number; energyMs: number; coveredMs: number } | null = null;
  return {
    samples(observation, { window }) {
      if (observation.kind !== 'frame' || window === null || window === 'always') return NO_SAMPLES;
      const { atMs, frame } = observation;
      if (used?.startMs !== window.startMs) used = { startMs: window.startMs, energyMs: 0, coveredMs: 0 };
      const elapsedMs = atMs - window.startMs;
      const coveredMs = Math.min(coveredMsOf(rule, frame), elapsedMs);
      const level = usableLevel(rule, frame);
      if (level !== null) {
        used.energyMs += energyOf(level) * coveredMs;
        used.coveredMs += coveredMs;
      }
      const remainingMs = window.endMs - atMs;
      const coverage = elapsedMs > 0 ? Math.min(1, used.coveredMs / elapsedMs) : 0;
      const usedMs = coverage > 0 ? used.energyMs / coverage : 0;
      const left = (energyOf(limitDb) * (window.endMs - window.startMs) - usedMs) / remainingMs;
      // Nothing is left once the budget is used up: then even silence breaks the limit.
      const value = coverage >= rule.min_coverage ? Math.max(0, levelOf(left) ?? 0) : null;
      return [{ atMs, coveredMs, value, coverage }];
    },
    reset: () => undefined,
  };
}

/** Of a rule that is younger than T nothing is known yet: time before it was written may have had no readings for good reason. */
function coverageOf(seconds: number, sinceMs: number): MetricReader {
  let window = new EnergyWindow(seconds);
  return ofFrames(
    ({ atMs, frame }) => {
      if (frame.interval === null) return NO_SAMPLES;
      const coveredMs = frame.interval.s * 1000;
      window.add(atMs, coveredMs, 0);
      const isKnown = atMs - sinceMs >= seconds * 1000;
      return [{ atMs, coveredMs, value: isKnown ? window.at(atMs).coverage * 100 : null, coverage: 1 }];
    },
    () => {
      window = new EnergyWindow(seconds);
    },
  );
}
