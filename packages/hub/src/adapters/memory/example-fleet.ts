import { newUnit } from '../../api/nl43/unit-config.ts';
import { exampleEdge } from '../../live/live-example.ts';
import { MemoryFleet } from './memory-fleet.ts';

/** For tests: the edge `site`, online, with these units. */
export async function exampleFleet(...units: readonly string[]): Promise<MemoryFleet> {
  const fleet = new MemoryFleet();
  fleet.tellEdge('site', exampleEdge('online'));
  for (const unit of units) await fleet.putUnit(newUnit(unit));
  return fleet;
}
