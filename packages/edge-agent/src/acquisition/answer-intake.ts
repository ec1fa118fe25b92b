/**
 * What one meter's answers tell, whoever asked: frames from DOD, the run state, the settings, a measurement that began anew.
 * Neighbours: polling.ts and unit-desk.ts hand answers in, unit-report.ts publishes what they mean, outlet.ts takes the frames.
 */
import { decodeDod, type DodChannel, naiveMsOfMeterClock, parseMeterClock, runStateOf } from '@slmm/protocol';
import { type Clock, InvariantError } from '@slmm/shared';
import { hasOctave, RARE_QUESTIONS } from '../diagnosis/settings-snapshot.ts';
import type { Outcome } from '../meter-session/exchange.ts';
import { type DodFold, foldDod } from './dod-frame.ts';
import type { Outlet } from './outlet.ts';
import type { UnitReport } from './unit-report.ts';

export interface AnswerIntakeParts {
  readonly unit: string;
  readonly clock: Clock;
  readonly outlet: Pick<Outlet, 'frame'>;
  readonly report: UnitReport;
  /** Longest time for which one sample of Lp may stand. */
  readonly maxIntervalMs: () => number;
  /** The cumulative results were just read: ticks carry them on from there. */
  readonly results: (channel: DodChannel) => void;
  /** Something has happened that may have changed the answers to these. */
  readonly askSoon: (commands: readonly string[]) => void;
}

/** Everything that is asked, also looked at again when the meter may have been restarted or replaced. */
export const ALL_QUESTIONS = RARE_QUESTIONS.map((question) => question.command);

const WHY_STOPPED = ['SD Card Free Size', 'Battery Level'];

/** What is seen of the measurement this soon after an order of ours is its doing; people who order on and on leave little room to look. */
const ORDER_EXPLAINS_MS = 20_000;

export class AnswerIntake {
  readonly #parts: AnswerIntakeParts;
  #fold: DodFold = null;
  /** A connection was lost since the last frame. */
  #wasCut = false;
  /** What orders of ours explain when it is seen soon after: until when (monotonic ms), by run state. A stop does not make the start before it a surprise. */
  readonly #expected = new Map<string, number>();

  constructor(parts: AnswerIntakeParts) {
    this.#parts = parts;
  }

  /** Takes in the answer to one question. */
  take(command: string, outcome: Outcome): void {
    if (outcome.kind === 'answered' && outcome.value !== null) {
      if (command === 'DOD') this.#dod(outcome.value, outcome.endAtMs);
      else this.#value(command, outcome.value);
    } else if (outcome.kind === 'refused-by-meter' && outcome.code === '0001' && ALL_QUESTIONS.includes(command)) {
      this.#parts.report.answered(command, null);
    }
  }

  /** A setting was sent; also when its answer was lost, for then it may have been carried out. */
  ordered(command: string, argument: string): void {
    const { clock, report, askSoon } = this.#parts;
    const untilMs = clock.monotonicMs() + ORDER_EXPLAINS_MS;
    if (command === 'Measure') this.#expected.set(argument, untilMs);
    else if (command === 'Reset') this.#expected.set('Start', untilMs);
    else report.ordered(command, argument);
    askSoon([command, 'Measure']);
  }

  /** The connection was lost: what is seen next may be another measurement. */
  cut(): void {
    this.#wasCut = true;
  }

  /** Ticks have brought the frames up to here, and carried the results on. */
  ticked(endMs: number, channel: DodChannel | null): void {
    if (this.#fold === null) return;
    this.#fold = { ...this.#fold, monotonicMs: endMs, ...(channel === null ? {} : { carried: channel }) };
  }

  #dod(line: string, endAtMs: number): void {
    const { clock, outlet, report, unit, maxIntervalMs, results } = this.#parts;
    const reading = decodeDod(line, { octave: hasOctave(report.snapshot) });
    if (reading.kind === 'failure') throw new InvariantError(`a checked DOD line cannot be read: ${reading.detail}`);
    const atMs = clock.nowMs() - (clock.monotonicMs() - endAtMs);
    const { fold, draft, restarted, elapsedS } = foldDod(this.#fold, reading.channels[0], {
      unit,
      atMs,
      monotonicMs: endAtMs,
      run: report.run,
      settings: report.settings,
      maxIntervalMs: maxIntervalMs(),
      wasCut: this.#wasCut,
    });
    this.#fold = fold;
    results(reading.channels[0]);
    if (restarted) this.#restarted();
    this.#wasCut = false;
    outlet.frame(draft);
    report.overload(draft.over);
    if (elapsedS !== null) report.runInput({ kind: 'elapsed', seconds: elapsedS, atMs });
  }

  /** The cumulative values went backwards. */
  #restarted(): void {
    const { askSoon, report } = this.#parts;
    askSoon(this.#wasCut ? ALL_QUESTIONS : ['Measure']);
    if (this.#isExpected('Start')) return;
    report.runInput({ kind: 'restarted' });
    if (this.#wasCut)
      report.event(
        'reboot-seen',
        'The cumulative values began anew while the meter was away: it was restarted, or another measurement was.',
      );
    else report.event('reset-seen', 'The cumulative values began anew: the measurement was reset or started again.');
  }

  #value(command: string, value: string): void {
    const { askSoon, clock, report } = this.#parts;
    if (command === 'Measure') {
      const run = runStateOf(value);
      const change = report.runInput({ kind: 'state', run, atMs: clock.nowMs(), ordered: this.#isExpected(run) });
      // A full card and an empty battery are what ends a measurement by itself.
      if (change?.to === 'Stop' && !change.ordered) askSoon(WHY_STOPPED);
    } else if (command === 'Measurement Start Time') this.#startTold(value);
    else if (ALL_QUESTIONS.includes(command)) {
      const isAnother = report.answered(command, value);
      if (isAnother) askSoon(ALL_QUESTIONS);
    }
  }

  /** The meter's own start time, brought to the edge's clock by the offset that was measured. */
  #startTold(value: string): void {
    const { report } = this.#parts;
    const clock = parseMeterClock(value);
    const { clockOffsetS } = report.snapshot;
    if (clock === null || clockOffsetS === null) return;
    report.runInput({ kind: 'told', sinceMs: naiveMsOfMeterClock(clock) - clockOffsetS * 1000 });
  }

  #isExpected(run: string): boolean {
    return this.#parts.clock.monotonicMs() <= (this.#expected.get(run) ?? -Infinity);
  }
}
