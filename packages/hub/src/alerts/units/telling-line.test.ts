import { FakeClock, Turns } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { TellingLine } from './telling-line.ts';

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
const begun = () => {
  const clock = new FakeClock();
  const faults: unknown[] = [];
  const line = new TellingLine(new Turns(1), clock, (error) => faults.push(error));
  const done: string[] = [];
  const enter = (name: string, failures = 0): Promise<void> => {
    let left = failures;
    return line.enter(
      () => (left-- > 0 ? Promise.reject(new Error(name)) : Promise.resolve()),
      () => done.push(name),
    );
  };
  return { clock, faults, line, done, enter };
};

describe('the tellings of a unit', () => {
  it('go one after the other, and each is tried until it succeeds', async () => {
    const { clock, faults, line, done, enter } = begun();
    void enter('a', 2);
    const second = enter('b');
    await turn();
    expect([done, faults.length, line.isEmpty]).toEqual([[], 1, false]);
    clock.advance(5_000);
    await turn();
    expect([done, faults.length]).toEqual([[], 2]);
    clock.advance(5_000);
    await second;
    expect([done, line.isEmpty]).toEqual([['a', 'b'], true]);
  });

  it('end with the line, also in the pause after a fault, and what has not begun is left out', async () => {
    const { line, done, enter } = begun();
    const first = enter('a', 99);
    const second = enter('b');
    await turn();
    await line.close();
    await Promise.all([first, second]);
    expect([done, line.isEmpty]).toEqual([[], false]);
  });
});
