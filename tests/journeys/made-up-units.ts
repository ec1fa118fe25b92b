/** The meters' side of an edge without meters: frames of several units at a steady rate, each different from every other. */
import type { FrameDraft, Outlet, Units } from '@slmm/edge-agent';
import { exampleFrame } from '@slmm/protocol/testing';

export function madeUpUnits(outlet: Outlet, names: readonly string[], everyMs: number): Units {
  let count = 0;
  const timer = setInterval(() => {
    for (const unit of names) outlet.frame(draftOf(unit, (count += 1)));
  }, everyMs);
  return {
    apply: (wanted) => Object.fromEntries(wanted.map(({ unit }) => [unit, { ok: true, error: null }])),
    execute: (command) => Promise.resolve({ id: command.id, ok: true, result: { op: command.op } }),
    demand: () => {},
    health: () => ({}),
    announce: () => {},
    close: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

/** The count and the process are in the levels, so that two frames of one seq cannot look alike. */
function draftOf(unit: string, count: number): FrameDraft {
  const tenths = (value: number): number => Math.round(value * 10) / 10;
  const own = tenths((process.pid % 1000) / 10);
  return exampleFrame({
    unit,
    at: new Date().toISOString(),
    lp: tenths(40 + (count % 400) / 10),
    leq: own,
    le: tenths(own + 10),
    lmax: 80,
    lmin: 30,
    lpeak: 95.5,
    ln: [60, 55, 50, 45, 40],
    interval: {
      s: 1,
      leq: tenths(40 + (Math.floor(count / 400) % 400) / 10),
      lmax: null,
      lmin: null,
      lpeak: null,
      basis: 'lp',
      ticks: 0,
    },
  });
}
