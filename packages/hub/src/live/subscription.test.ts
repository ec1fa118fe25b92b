import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backlog, DEAD_MS, decide, SLOW_BYTES, STALLED_MS } from './subscription.ts';

describe('decide', () => {
  it.each([
    ['an idle line', 0, 0, 'send'],
    ['a line at its bound', SLOW_BYTES, STALLED_MS - 1, 'send'],
    ['a line over its bound', SLOW_BYTES + 1, 0, 'coalesce'],
    ['a viewer that does not answer', 0, STALLED_MS, 'coalesce'],
    ['a viewer that has not answered for a minute', 0, DEAD_MS, 'drop'],
  ] as const)('%s', (_name, bufferedBytes, unansweredMs, expected) => {
    expect(decide({ bufferedBytes, unansweredMs })).toBe(expected);
  });
});

describe('Backlog', () => {
  it('keeps the newest frame and counts those it replaced', () => {
    const backlog = new Backlog<number, string>();
    for (const frame of [1, 2, 3]) backlog.holdFrame('a', frame);
    expect(backlog.take()).toEqual([{ kind: 'frame', frame: 3, missed: 2 }]);
    expect(backlog.isEmpty).toBe(true);
  });

  it('says a loss before the frame that ended it, and after the frame that it followed', () => {
    const backlog = new Backlog<number, string>();
    backlog.holdNotice('a', 'lost');
    backlog.holdFrame('a', 1);
    expect(backlog.take().map((due) => due.kind)).toEqual(['notice', 'frame']);
    backlog.holdFrame('a', 2);
    backlog.holdNotice('a', 'lost');
    expect(backlog.take().map((due) => due.kind)).toEqual(['frame', 'notice']);
  });

  it('serves units in the order in which they began to wait, whoever is loudest', () => {
    const backlog = new Backlog<string, string>();
    for (const unit of ['a', 'b', 'a', 'a']) backlog.holdFrame(unit, unit);
    expect([backlog.take(), backlog.take()].flat()).toEqual([
      { kind: 'frame', frame: 'a', missed: 2 },
      { kind: 'frame', frame: 'b', missed: 0 },
    ]);
  });

  it('accounts for every frame: what is sent and what is said to be missed add up', () => {
    const actions = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant('take')), { maxLength: 200 });
    fc.assert(
      fc.property(actions, (steps) => {
        const backlog = new Backlog<number, string>();
        let held = 0;
        let accounted = 0;
        const take = (): void => {
          for (const due of backlog.take()) if (due.kind === 'frame') accounted += 1 + due.missed;
        };
        for (const step of steps) {
          if (step === 'take') take();
          else backlog.holdFrame(step, (held += 1));
        }
        while (!backlog.isEmpty) take();
        expect(accounted).toBe(held);
      }),
    );
  });
});
