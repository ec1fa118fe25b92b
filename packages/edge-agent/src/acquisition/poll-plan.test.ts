import { describe, expect, it } from 'vitest';
import {
  afterAnswer,
  afterConnect,
  afterDod,
  askSoon,
  DOD,
  isBehind,
  nextPoll,
  type PollPlan,
  type RareQuestion,
  startPlan,
  withPace,
} from './poll-plan.ts';

const QUESTIONS: readonly RareQuestion[] = [
  { command: 'Measure', everyMs: 30_000, first: true },
  { command: 'Type', everyMs: 3_600_000 },
  { command: 'Percentile 1', everyMs: 3_600_000, onConnect: 'unless-fresh' },
  { command: 'Clock', everyMs: 600_000, onConnect: 'always' },
  { command: 'Battery Level', everyMs: 300_000 },
];

/** Asks for `forMs` as a meter would allow it, every answer taking `answerMs`; gives `second: command` lines. */
function play(plan: PollPlan, forMs: number, answerMs = 100, fromMs = 0): { readonly asked: string[]; readonly plan: PollPlan } {
  const asked: string[] = [];
  let nowMs = fromMs;
  let current = plan;
  while (nowMs < fromMs + forMs) {
    const next = nextPoll(current, nowMs);
    if (next.kind === 'wait') {
      nowMs = next.untilMs;
      continue;
    }
    asked.push(next.command);
    current = afterAnswer(next.plan, next.command, nowMs + answerMs);
    nowMs += answerMs + 1010;
  }
  return { asked, plan: current };
}

describe('the poll plan', () => {
  it('asks for the run state first, then for frames at once, soon for what was never answered, and spreads the rest', () => {
    const { asked, plan } = play(startPlan(QUESTIONS, 0, 0), 11_000);
    expect(shortened(asked)).toEqual([
      'Measure',
      '1 DOD',
      'Type',
      '1 DOD',
      'Percentile 1',
      '1 DOD',
      'Clock',
      '1 DOD',
      'Battery Level',
      '1 DOD',
    ]);
    const later = play(plan, 40_000, 100, 600_000);
    expect(shortened(later.asked)).toEqual(['Measure', '9 DOD', 'Battery Level', '9 DOD', 'Clock', '7 DOD', 'Measure', '8 DOD']);
  });

  it('asks one thing in a pause of the stream, then for a frame, and by turns whether it measures and something else', () => {
    let { plan } = play(startPlan(QUESTIONS, 60_000, 0), 60_000);
    const pauses: string[][] = [];
    for (let nowMs = 600_000; nowMs < 1_000_000; nowMs += 60_000) {
      const asked: string[] = [];
      for (const inPause of [true, false]) {
        const next = nextPoll(plan, nowMs + asked.length * 1100, inPause);
        if (next.kind !== 'ask') continue;
        asked.push(next.command);
        plan = next.command === DOD ? next.plan : afterAnswer(next.plan, next.command, nowMs + asked.length * 1100);
      }
      pauses.push(asked);
    }
    expect(pauses.map(([first]) => first)).toEqual([
      'Measure',
      'Battery Level',
      'Measure',
      'Clock',
      'Measure',
      'Measure',
      'Measure',
    ]);
  });

  it('asks nothing in a pause of the stream that is not due', () => {
    const { plan } = play(startPlan(QUESTIONS, 60_000, 0), 60_000);
    const soonAfter = afterAnswer(plan, 'Measure', 61_000);
    expect(nextPoll(afterDod(soonAfter, 60_000, 61_000), 70_000, true)).toMatchObject({ kind: 'wait' });
  });

  it('is behind while something is due that the meter has never been asked, or that is wanted soon', () => {
    const fresh = startPlan(QUESTIONS, 0, 0);
    expect(isBehind(fresh, 0)).toBe(true);
    const { plan } = play(fresh, 20_000);
    expect(isBehind(plan, 20_000)).toBe(false);
    expect(isBehind(plan, 600_000)).toBe(false);
    expect(isBehind(askSoon(plan, ['Type'], 20_000), 20_000)).toBe(true);
    // One that was asked and not answered holds nothing up.
    let unanswered = fresh;
    for (let nowMs = 0; nowMs < 20_000; nowMs += 1100) {
      const next = nextPoll(unanswered, nowMs);
      if (next.kind === 'ask') unanswered = next.plan;
    }
    expect(isBehind(unanswered, 20_000)).toBe(false);
  });

  it('never asks two rare questions in a row at full rate, so that one costs one missed second', () => {
    const { asked } = play(startPlan(QUESTIONS, 0, 0), 600_000);
    const pairs = asked.slice(1).filter((command, index) => index > 0 && command !== DOD && asked[index] !== DOD);
    expect(pairs).toEqual([]);
    expect(asked.filter((command) => command === DOD).length / asked.length).toBeGreaterThan(0.95);
  });

  it('fills the pauses of a slow pace with the rare questions and never moves DOD for them', () => {
    let plan = startPlan(QUESTIONS, 10_000, 0);
    const dodAtMs: number[] = [];
    for (let nowMs = 0; nowMs < 65_000;) {
      const next = nextPoll(plan, nowMs);
      if (next.kind === 'wait') {
        nowMs = next.untilMs;
        continue;
      }
      if (next.command === DOD) dodAtMs.push(nowMs);
      plan = afterAnswer(next.plan, next.command, nowMs);
      nowMs += 1100;
    }
    expect(dodAtMs.slice(1)).toEqual([10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
  });

  it('skips polls that came too late instead of catching up', () => {
    let plan = startPlan([], 10_000, 0);
    plan = askedPlan(plan, 0);
    plan = askedPlan(plan, 47_000);
    expect(nextPoll(plan, 48_000)).toEqual({ kind: 'wait', untilMs: 50_000 });
  });

  it('asks a question without an answer again after a while, and one the meter does not know after a day', () => {
    const [first] = QUESTIONS;
    const plan = startPlan(first === undefined ? [] : [first], 60_000, 0);
    const asked = nextPoll(plan, 0);
    expect(asked).toMatchObject({ kind: 'ask', command: 'Measure' });
    const unanswered = askedPlan(askedPlan(plan, 0), 0);
    expect(nextPoll(unanswered, 14_999).kind).toBe('wait');
    expect(nextPoll(unanswered, 15_000)).toMatchObject({ kind: 'ask', command: 'Measure' });
    const unknown = afterAnswer(unanswered, 'Measure', 0, true);
    expect(unknown.rare[0]?.dueAtMs).toBe(86_400_000);
  });

  it('asks a question whose answer never comes ever more rarely', () => {
    let plan = startPlan([{ command: 'Type', everyMs: 3_600_000 }], 3_600_000, 0);
    plan = askedPlan(plan, 0);
    const waits: number[] = [];
    for (let nowMs = 0; waits.length < 10;) {
      const next = nextPoll(plan, nowMs);
      if (next.kind === 'wait') {
        waits.push(next.untilMs - nowMs);
        nowMs = next.untilMs;
      } else plan = next.plan;
    }
    expect(waits.slice(0, 4)).toEqual([15_000, 30_000, 60_000, 120_000]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(3_600_000);
  });

  it('asks at a new connection for the run state, then frames, then what a new meter would change', () => {
    const settled = play(startPlan(QUESTIONS, 0, 0), 60_000).plan;
    const { asked } = play(afterConnect(settled, 61_000), 14_000, 100, 61_000);
    expect(shortened(asked)).toEqual(['Measure', '9 DOD', 'Clock', '2 DOD']);
  });

  it('asks at a new connection also for settings whose last reading is old, and never for what the meter does not know', () => {
    let plan = play(startPlan(QUESTIONS, 60_000, 0), 1_000_000).plan;
    plan = afterAnswer(plan, 'Clock', 1_000_000, true);
    const { asked } = play(afterConnect(plan, 1_000_000), 20_000, 100, 1_000_000);
    expect(asked).toContain('Percentile 1');
    expect(asked).not.toContain('Type');
  });

  it('brings a question forward when something has happened', () => {
    const settled = play(startPlan(QUESTIONS, 0, 0), 60_000).plan;
    const { asked } = play(askSoon(settled, ['Type'], 61_000), 6000, 100, 61_000);
    expect(shortened(asked).slice(0, 2)).toEqual(['Type', '1 DOD']);
  });

  it('asks for a frame at once when a stream has ended that had put it off', () => {
    const plan = afterDod(play(startPlan([], 0, 0), 5000).plan, 60_000, 5000);
    expect(nextPoll(plan, 6000)).toMatchObject({ kind: 'wait' });
    expect(nextPoll(withPace(plan, 0, 6000), 6000)).toMatchObject({ kind: 'ask', command: DOD });
  });

  it('takes a new pace over at once', () => {
    const plan = askedPlan(startPlan([], 600_000, 0), 0);
    expect(nextPoll(withPace(plan, 2000, 1000), 1000)).toEqual({ kind: 'wait', untilMs: 3000 });
  });
});

/** `DOD` in a row as one entry with their number. */
function shortened(asked: readonly string[]): string[] {
  return asked.reduce<string[]>((entries, command) => {
    const last = entries.at(-1) ?? '';
    if (command !== DOD) return [...entries, command];
    if (!last.endsWith(` ${DOD}`)) return [...entries, `1 ${DOD}`];
    return [...entries.slice(0, -1), `${Number.parseInt(last, 10) + 1} ${DOD}`];
  }, []);
}

function askedPlan(plan: PollPlan, nowMs: number): PollPlan {
  const next = nextPoll(plan, nowMs);
  return next.kind === 'ask' ? next.plan : plan;
}
