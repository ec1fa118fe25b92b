import type { CoverageFigures } from '@slmm/protocol';
import { dayBounds, localDateOf } from '../../history/time/zone.ts';
import type { ApiServices } from '../services.ts';

/** A list of a thousand units must not ask the ledger a thousand times a second. */
const FRESH_MS = 10_000;

interface Known {
  readonly atMs: number;
  readonly figures: Promise<CoverageFigures | null>;
}

/** Coverage since local midnight, per unit, at most 10 s old. Holds no more than one entry per unit that exists. */
export class CoverageToday {
  readonly #known = new Map<string, Known>();

  /** `null` when the ledger could not be asked: a list of units is worth more than a figure in it. */
  of(unit: string, services: ApiServices): Promise<CoverageFigures | null> {
    const nowMs = services.clock.monotonicMs();
    const known = this.#known.get(unit);
    if (known !== undefined && nowMs - known.atMs < FRESH_MS) return known.figures;
    for (const other of this.#known.keys()) if (services.fleet.unit(other) === null) this.#known.delete(other);
    const figures = ask(unit, services);
    if (services.fleet.unit(unit) !== null) this.#known.set(unit, { atMs: nowMs, figures });
    return figures;
  }
}

async function ask(unit: string, services: ApiServices): Promise<CoverageFigures | null> {
  const zone = services.fleet.unit(unit)?.config.timezone ?? services.timezone;
  const toMs = services.clock.nowMs();
  try {
    const { expected, live, late, lost, coverage } = await services.coverage(
      unit,
      dayBounds(localDateOf(toMs, zone), zone).startMs,
      toMs,
    );
    return { expected, live, late, lost, coverage };
  } catch (error) {
    services.log.warn({ err: error, unit }, "today's coverage could not be computed");
    return null;
  }
}
