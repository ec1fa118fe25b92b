import { FakeClock } from '@slmm/shared';
import { expect, it } from 'vitest';
import { ProgressPace } from './progress-pace.ts';

function bench() {
  const clock = new FakeClock();
  const told: string[] = [];
  const pace = new ProgressPace(clock, ({ step, done }) => told.push(`${step} ${done}`));
  return { clock, told, pace, step: (step: string, done: number) => pace.note({ step, done, of: 100 }) };
}

it('tells the first step at once, and of many the newest every half second', () => {
  const { clock, told, step } = bench();
  for (let piece = 1; piece <= 100; piece += 1) {
    step('reading', piece);
    clock.advance(10);
  }
  expect(told).toEqual(['reading 1', 'reading 50', 'reading 100']);
});

it('tells a step that is followed by nothing for long', () => {
  const { clock, told, step } = bench();
  step('switching FTP off', 1);
  step('letting the meter rest', 2);
  clock.advance(10_000);
  step('switching FTP on', 3);
  expect(told).toEqual(['switching FTP off 1', 'letting the meter rest 2', 'switching FTP on 3']);
});

it('tells nothing after the end', () => {
  const { clock, told, pace, step } = bench();
  step('reading', 1);
  step('reading', 2);
  pace.end();
  step('reading', 3);
  clock.advance(10_000);
  expect(told).toEqual(['reading 1']);
  expect(clock.nextDueMs()).toBeNull();
});
