/** What an edge is told to do with its meters, made from the hub's configuration. Pure. Neighbours: hub-fleet.ts publishes it. */
import type { DesiredConfig, DesiredUnit } from '@slmm/protocol';
import type { UnitConfig } from './fleet.ts';

/** The desired configuration of one edge; units in the order of their ids, so that equal configurations are equal texts. */
export function desiredConfig(edge: string, units: Iterable<UnitConfig>, revision: number, at: string): DesiredConfig {
  const own = [...units].filter((unit) => unit.edge === edge).sort((a, b) => (a.unit < b.unit ? -1 : 1));
  return { revision, at, units: own.map(desiredUnit) };
}

/** Longest pace of the contract (six hours): for a unit that nobody wants polled and whose meter is still to take commands. */
const SELDOM_S = 21_600;

/** Seconds from one DOD to the next. A monitored unit goes as fast as its meter allows; `pollIntervalSeconds` is the pace of the others, as in SLMM 0.4.0. */
function paceS(unit: UnitConfig): number {
  if (unit.monitorEnabled) return 0;
  return unit.pollEnabled ? unit.pollIntervalSeconds : SELDOM_S;
}

/** What a meter's FTP takes as it comes from the maker; SLMM 0.4.0 used it for units without credentials of their own. */
const FACTORY_FTP = { user: 'USER', password: '0000' };

/**
 * Whatever `ftpEnabled` says, which in SLMM 0.4.0 kept nobody who ordered a file from the card either: routes look at it themselves. Without the port an edge could not tell
 * a dead control port from a dead meter.
 */
function desiredFtp(unit: UnitConfig): DesiredUnit['ftp'] {
  return {
    enabled: true,
    port: unit.ftpPort,
    user: unit.ftpUsername || FACTORY_FTP.user,
    password: unit.ftpPassword || FACTORY_FTP.password,
  };
}

function desiredUnit(unit: UnitConfig): DesiredUnit {
  return {
    unit: unit.unit,
    host: unit.host,
    port: unit.tcpPort,
    enabled: unit.tcpEnabled,
    acquisition: unit.acquisition,
    poll_interval_s: paceS(unit),
    ftp: desiredFtp(unit),
  };
}

/**
 * Which edge a unit hangs on: the one it names, else the only one there is, else none.
 * Once found it is kept, so that a second edge never takes meters away from the first.
 */
export function ownerOf(unit: UnitConfig, edges: readonly string[]): string | null {
  return unit.edge ?? (edges.length === 1 ? (edges[0] ?? null) : null);
}
