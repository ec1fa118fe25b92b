/**
 * What stands between us and a meter, told from the failures seen and from looks at its other port. Pure. Three failures in a row make a meter
 * unreachable, or two with a while between them, as where it is tried rarely; what they were says why and what a person should do. Neighbour: link-doctor.ts feeds it, looks at the other port and tells.
 */
import type { Link, LinkCause } from '@slmm/protocol';
import type { FailureCause } from '../meter-session/exchange.ts';

/** What a connection to the FTP port came to. */
export type Look = 'open' | 'refused' | 'silent';

export interface LinkHealth {
  /** What is the matter; `null` while the meter counts as reachable, and before anything is known. */
  readonly cause: LinkCause | null;
  /** False from the third failure in a row until the next good answer. */
  readonly reachable: boolean;
  /** Whether any answer or three failures have been seen; before that nothing is known. */
  readonly known: boolean;
  readonly sinceMs: number;
  readonly lastOkMs: number | null;
  readonly failures: number;
  /** Wall time of the first of them; `null` where there is none. */
  readonly failingSinceMs: number | null;
  /** One sentence: what happened and what to do. */
  readonly reason: string | null;
  readonly last: { readonly cause: FailureCause; readonly detail: string } | null;
  /** Refusals in a row, and connections in a row that nobody took. */
  readonly refusals: number;
  readonly unanswered: number;
  /** As last read; `null` while not known. */
  readonly sleepMode: boolean | null;
  readonly ftpOn: boolean | null;
  /** The last look at the other port since the meter answered; the instant is monotonic ms. */
  readonly look: { readonly answer: Look | null; readonly atMs: number } | null;
}

export const UNKNOWN_LINK: LinkHealth = {
  cause: null,
  reachable: false,
  known: false,
  sinceMs: 0,
  lastOkMs: null,
  failures: 0,
  failingSinceMs: null,
  reason: null,
  last: null,
  refusals: 0,
  unanswered: 0,
  sleepMode: null,
  ftpOn: null,
  look: null,
};

const UNREACHABLE_AFTER = 3;
/** Of a meter that has failed for so long, a second failure says as much. */
const FAILING_MS = 20_000;
/** A look is a connection too; a meter in trouble is looked at rarely. */
const LOOK_EVERY_MS = 300_000;

/** The cause as the coarser word of the bus. */
export function linkOf({ cause, known }: LinkHealth): Exclude<Link, 'standby' | 'disabled'> {
  switch (cause) {
    case null:
      return known ? 'ok' : 'timeout';
    case 'wedged':
      return 'wedged';
    case 'refused':
    case 'hung-up':
    case 'web-app':
      return 'refused';
    case 'asleep':
      return 'asleep';
    case 'out-of-step':
      return 'garbled';
    case 'slot-held':
    case 'no-answer':
    case 'no-route':
      return 'timeout';
  }
}

export function afterGood(health: LinkHealth, atMs: number): LinkHealth {
  const sinceMs = health.known && health.reachable ? health.sinceMs : atMs;
  return {
    ...health,
    cause: null,
    reachable: true,
    known: true,
    sinceMs,
    lastOkMs: atMs,
    failures: 0,
    failingSinceMs: null,
    reason: null,
    last: null,
    refusals: 0,
    unanswered: 0,
    look: null,
  };
}

export function afterFailure(health: LinkHealth, cause: FailureCause, detail: string, atMs: number): LinkHealth {
  const failures = health.failures + 1;
  const failingSinceMs = health.failingSinceMs ?? atMs;
  const counted: LinkHealth = {
    ...health,
    failures,
    failingSinceMs,
    last: { cause, detail },
    refusals: cause === 'refused' ? health.refusals + 1 : 0,
    unanswered: cause === 'unanswered' ? health.unanswered + 1 : 0,
  };
  return failures >= UNREACHABLE_AFTER || atMs - failingSinceMs >= FAILING_MS ? judged(counted, atMs) : counted;
}

/** What was read of two settings that tell silence apart. */
export function withSetting(health: LinkHealth, setting: 'sleepMode' | 'ftpOn', value: boolean | null): LinkHealth {
  return health[setting] === value ? health : { ...health, [setting]: value };
}

/** Whether it is worth looking if the meter's other port answers. */
export function wantsLook(health: LinkHealth, monotonicMs: number): boolean {
  if (health.refusals < UNREACHABLE_AFTER && health.unanswered < UNREACHABLE_AFTER) return false;
  return health.look === null || monotonicMs - health.look.atMs >= LOOK_EVERY_MS;
}

/** Somebody is looking; the former answer holds until the new one comes. */
export function looking(health: LinkHealth, monotonicMs: number): LinkHealth {
  return { ...health, look: { answer: health.look?.answer ?? null, atMs: monotonicMs } };
}

/** What the look at the FTP port showed; it means something only while the control port still fails. */
export function afterLook(health: LinkHealth, answer: Look, atMs: number): LinkHealth {
  if (health.look === null || health.failures < UNREACHABLE_AFTER) return health;
  return judged({ ...health, look: { ...health.look, answer } }, atMs);
}

function judged(health: LinkHealth, atMs: number): LinkHealth {
  const { last } = health;
  if (last === null) return health;
  const cause = causeOf(last.cause, health);
  const next: LinkHealth = { ...health, cause, known: true, reachable: false, reason: reasonFor(cause, last.detail) };
  const hasChanged = health.reachable || !health.known || linkOf(next) !== linkOf(health);
  return { ...next, sinceMs: hasChanged ? atMs : health.sinceMs };
}

function causeOf(failure: FailureCause, { look, sleepMode, ftpOn }: LinkHealth): LinkCause {
  const other = look?.answer ?? null;
  switch (failure) {
    case 'refused':
      // A refusing control port beside an answering FTP port is a dead listener, not a dead meter.
      if (other === 'open') return 'wedged';
      return other === 'refused' && ftpOn === true ? 'web-app' : 'refused';
    case 'closed':
      return 'hung-up';
    case 'garbled':
      return 'out-of-step';
    case 'unanswered':
      // Even a refusal of the other port comes from a meter that is awake.
      if (other === 'open' || other === 'refused') return 'slot-held';
      return sleepMode === true ? 'asleep' : 'no-answer';
    case 'timeout':
      return sleepMode === true ? 'asleep' : 'no-answer';
    case 'unreachable':
      return sleepMode === true ? 'asleep' : 'no-route';
  }
}

function reasonFor(cause: LinkCause, detail: string): string {
  const seen = detail.charAt(0).toUpperCase() + detail.slice(1);
  switch (cause) {
    case 'wedged':
      return 'The control port refuses connections while the FTP port answers: the control listener of the meter has died. Switch the meter off and on; a restart of the router does not help. The measurement itself goes on.';
    case 'web-app':
      return `${seen}, and so does its FTP port, which was on. Its web application or USB connection is probably on, and while it is there is no TCP control: switch it off at the meter.`;
    case 'refused':
      return `${seen}. Check that TCP is on at the meter and its web application off; if both are so, switch the meter off and on.`;
    case 'hung-up':
      return `${seen}. Look whether another program holds the meter's only connection; if none does, switch the meter off and on.`;
    case 'slot-held':
      return `${seen}, while the meter itself is awake. Another program holds its only connection; close that program, or wait until the meter has noticed that it is gone.`;
    case 'no-answer':
      return `${seen}. Check power and network of the meter, that it does not sleep, and that no other program holds its only connection.`;
    case 'no-route':
      return `${seen}. Check the meter's power, address and cable, and the network between.`;
    case 'out-of-step':
      return `${seen}. What the meter sends cannot be understood; check the link, and that no other program talks to it.`;
    case 'asleep':
      return `${seen}. Sleep Mode was on when the meter was last asked, so it sleeps; wake it with a key or wait for its timer.`;
  }
}
