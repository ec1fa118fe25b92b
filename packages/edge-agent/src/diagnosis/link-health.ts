/**
 * What stands between us and a meter, told from the failures seen. Pure. Three failures in a row make a meter unreachable; what they were
 * says why and what a person should do. Neighbour: unit-acquisition.ts feeds it and publishes what comes out.
 */
import type { Link } from '@slmm/protocol';
import type { FailureCause } from '../meter-session/exchange.ts';

export interface LinkHealth {
  readonly link: Extract<Link, 'ok' | 'refused' | 'timeout' | 'garbled' | 'asleep' | 'wedged'>;
  /** False from the third failure in a row until the next good answer. */
  readonly reachable: boolean;
  /** Whether any answer or three failures have been seen; before that nothing is known. */
  readonly known: boolean;
  readonly sinceMs: number;
  readonly lastOkMs: number | null;
  readonly failures: number;
  /** One sentence: what happened and what to do. */
  readonly reason: string | null;
  readonly refusalsInARow: number;
  /** Sleep Mode as last read. */
  readonly mayBeAsleep: boolean;
  /** When the other port was last looked at; monotonic ms. */
  readonly probedAtMs: number | null;
}

export const UNKNOWN_LINK: LinkHealth = {
  link: 'timeout',
  reachable: false,
  known: false,
  sinceMs: 0,
  lastOkMs: null,
  failures: 0,
  reason: null,
  refusalsInARow: 0,
  mayBeAsleep: false,
  probedAtMs: null,
};

const UNREACHABLE_AFTER = 3;
/** A probe is a connection too; a wedged meter is looked at rarely. */
const PROBE_EVERY_MS = 300_000;

export function afterGood(health: LinkHealth, atMs: number): LinkHealth {
  const sinceMs = health.known && health.link === 'ok' && health.reachable ? health.sinceMs : atMs;
  return {
    ...health,
    link: 'ok',
    reachable: true,
    known: true,
    sinceMs,
    lastOkMs: atMs,
    failures: 0,
    reason: null,
    refusalsInARow: 0,
    probedAtMs: null,
  };
}

export function afterFailure(health: LinkHealth, cause: FailureCause, detail: string, atMs: number): LinkHealth {
  const failures = health.failures + 1;
  const refusalsInARow = cause === 'refused' ? health.refusalsInARow + 1 : 0;
  const counted = { ...health, failures, refusalsInARow };
  if (failures < UNREACHABLE_AFTER) return counted;
  if (health.link === 'wedged' && cause === 'refused') return counted;
  const link = linkOf(cause, health.mayBeAsleep);
  const changed = health.reachable || !health.known || health.link !== link;
  return {
    ...counted,
    link,
    reachable: false,
    known: true,
    sinceMs: changed ? atMs : health.sinceMs,
    reason: reasonFor(link, detail),
  };
}

/** Whether it is worth looking if the meter's other port answers. */
export function wantsProbe(health: LinkHealth, monotonicMs: number): boolean {
  if (health.refusalsInARow < UNREACHABLE_AFTER) return false;
  return health.probedAtMs === null || monotonicMs - health.probedAtMs >= PROBE_EVERY_MS;
}

/** What the look at the FTP port showed; it means something only while the control port still refuses. */
export function afterProbe(health: LinkHealth, answer: 'open' | 'refused' | 'silent', atMs: number): LinkHealth {
  if (health.refusalsInARow < UNREACHABLE_AFTER) return health;
  if (answer === 'open') {
    return health.link === 'wedged' ? health : { ...health, link: 'wedged', sinceMs: atMs, reason: WEDGED };
  }
  return health.link === 'wedged'
    ? { ...health, link: 'refused', sinceMs: atMs, reason: reasonFor('refused', 'the meter refused the connection') }
    : health;
}

const WEDGED =
  'The control port refuses connections while the FTP port answers: the control listener of the meter has died. Switch the meter off and on; a restart of the router does not help. The measurement itself goes on.';

function linkOf(cause: FailureCause, mayBeAsleep: boolean): 'refused' | 'timeout' | 'garbled' | 'asleep' {
  switch (cause) {
    case 'refused':
    case 'closed':
      return 'refused';
    case 'garbled':
      return 'garbled';
    case 'timeout':
    case 'unreachable':
      return mayBeAsleep ? 'asleep' : 'timeout';
  }
}

function reasonFor(link: 'refused' | 'timeout' | 'garbled' | 'asleep', detail: string): string {
  const seen = detail.charAt(0).toUpperCase() + detail.slice(1);
  switch (link) {
    case 'refused':
      return `${seen}. Check that TCP is on at the meter and its web application off; if both are so, switch the meter off and on.`;
    case 'timeout':
      return `${seen}. Check power and network of the meter, and that no other program holds its only connection.`;
    case 'garbled':
      return `${seen}. What the meter sends cannot be understood; check the link, and that no other program talks to it.`;
    case 'asleep':
      return `${seen}. Sleep Mode was on when the meter was last asked, so it sleeps; wake it with a key or wait for its timer.`;
  }
}
