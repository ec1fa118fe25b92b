/**
 * Watches over the way to one meter: keeps the health of the link, looks at the other port when the control port fails, tells what it found, and
 * uses the relay where the operator has set one up. Shell around link-health.ts, evidence.ts and relay.ts. Neighbour: unit-report.ts publishes.
 */
import type { DesiredUnit, RunState, UnitEvent } from '@slmm/protocol';
import { type Clock, type Logger, toInstant } from '@slmm/shared';
import type { FailureCause } from '../meter-session/exchange.ts';
import type { DeviceLogCategory, DeviceLogLevel } from './device-log.ts';
import { Evidence } from './evidence.ts';
import {
  afterFailure,
  afterGood,
  afterLook,
  type LinkHealth,
  linkOf,
  looking,
  type Look,
  UNKNOWN_LINK,
  wantsLook,
  withSetting,
} from './link-health.ts';
import type { ProbePort } from './port-probe.ts';
import { type Relay, type RelayRules, type RelaySetUp, whyNoRelay } from './relay.ts';

export interface LinkDoctorParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly probePort: ProbePort;
  /** `null`: none is set up. */
  readonly relay: RelaySetUp | null;
  /** Wall time of the relay's last use for this meter, and how to remember it: resolves when that outlives the program. */
  readonly relayedAtMs: number | null;
  readonly rememberRelayed: (atMs: number) => Promise<void>;
  readonly unit: () => DesiredUnit;
  readonly run: () => RunState;
  readonly event: (kind: UnitEvent['kind'], text: string, detail?: Record<string, unknown>) => void;
  readonly note: (category: DeviceLogCategory, level: DeviceLogLevel, message: string) => void;
  /** The health has changed. */
  readonly changed: () => void;
  /** Further attempts to connect would be hammering. */
  readonly slowDown: () => void;
}

const CATEGORY: Readonly<Record<FailureCause, DeviceLogCategory>> = {
  refused: 'TCP',
  unreachable: 'TCP',
  unanswered: 'TCP',
  closed: 'TCP',
  timeout: 'POLL',
  garbled: 'POLL',
};

export class LinkDoctor {
  readonly #parts: LinkDoctorParts;
  readonly evidence = new Evidence();
  #health: LinkHealth = UNKNOWN_LINK;
  #isLooking = false;
  #isSwitching = false;
  #relayedAtMs: number | null;
  /** A wedge is told once, with why the relay was not used. */
  #hasToldNoRelay = false;

  constructor(parts: LinkDoctorParts) {
    this.#parts = parts;
    this.#relayedAtMs = parts.relayedAtMs;
  }

  get health(): LinkHealth {
    return this.#health;
  }

  connected(): void {
    const { clock, note } = this.#parts;
    this.evidence.connected(clock.nowMs());
    note('TCP', 'INFO', 'connected');
  }

  good(): void {
    const { clock, event, log } = this.#parts;
    const before = this.#health;
    this.#health = afterGood(before, clock.nowMs());
    if (before.reachable) return this.#parts.changed();
    if (before.known) {
      log.info('the meter answers again');
      event('link-changed', 'The meter answers again.', { link: 'ok', was: linkOf(before), cause: null });
    }
    if (before.cause === 'wedged') event('wedge-cured', 'The control port of the meter answers again.');
    this.#hasToldNoRelay = false;
    this.#parts.changed();
  }

  failed(cause: FailureCause, detail: string): void {
    const { clock, event, log, note } = this.#parts;
    const before = this.#health;
    this.#health = afterFailure(before, cause, detail, clock.nowMs());
    if (CATEGORY[cause] === 'TCP') this.evidence.failed(`${cause}: ${detail}`, clock.nowMs());
    note(CATEGORY[cause], 'WARNING', `${cause}: ${detail}`);
    this.#suspectWedge(cause);
    log.debug({ cause, detail, failures: this.#health.failures }, 'the meter failed');
    if (this.#health.known && !this.#health.reachable && (before.reachable || !before.known)) {
      const { reason } = this.#health;
      const link = linkOf(this.#health);
      log.warn({ link, cause: this.#health.cause, reason }, 'the meter cannot be reached');
      event('link-changed', reason ?? detail, { link, was: before.known ? linkOf(before) : null, cause: this.#health.cause });
    }
    this.#parts.changed();
    if (wantsLook(this.#health, clock.monotonicMs())) void this.look();
  }

  /** What was read of a setting that tells silence apart. */
  settingRead(command: 'Sleep Mode' | 'FTP', value: string | null): void {
    this.#health = withSetting(this.#health, command === 'FTP' ? 'ftpOn' : 'sleepMode', value === null ? null : value === 'On');
  }

  /** Looks at the FTP port now and takes in what it shows; `null` where the unit has none. Never rejects. */
  async look(): Promise<Look | null> {
    const { clock, probePort, unit } = this.#parts;
    const { ftp, host } = unit();
    if (ftp === null) return null;
    if (this.#isLooking) return this.#health.look?.answer ?? null;
    this.#isLooking = true;
    this.#health = looking(this.#health, clock.monotonicMs());
    const answer = await probePort({ host, port: ftp.port });
    this.#isLooking = false;
    this.evidence.ftp(`port ${ftp.port} is ${answer}`, clock.nowMs());
    const before = this.#health;
    this.#health = afterLook(before, answer, clock.nowMs());
    this.#judge(before);
    return answer;
  }

  /**
   * Uses the relay for a person, who may allow it while measuring. It is bound to the same least time between two uses as the agent itself.
   */
  async powerCycle(whileMeasuring: boolean): Promise<{ readonly ok: boolean; readonly detail: string }> {
    const set = this.#parts.relay;
    if (set === null)
      return { ok: false, detail: 'No relay is set up on this edge (SLMM_EDGE_RELAY_COMMAND or SLMM_EDGE_RELAY_URL).' };
    if (this.#isSwitching) return { ok: false, detail: 'The relay is being switched already.' };
    const why = this.#whyNoRelay({ ...set, whileMeasuring: set.whileMeasuring || whileMeasuring });
    return why === null ? this.#switch(set.relay) : { ok: false, detail: why };
  }

  /** The first refusal of a port that was open before may be a dead listener; the look at the FTP port will tell. */
  #suspectWedge(cause: FailureCause): void {
    if (cause !== 'refused' || this.#health.refusals !== 2 || this.#health.lastOkMs === null) return;
    const { ftp } = this.#parts.unit();
    if (ftp === null) return;
    const text = 'The control port refuses connections that it took before; whether the FTP port answers will be looked at.';
    this.#parts.event('wedge-suspected', text, { ftp_port: ftp.port });
  }

  #judge(before: LinkHealth): void {
    const { event, slowDown } = this.#parts;
    const { cause, reason, lastOkMs, refusals } = this.#health;
    if (cause === 'wedged') {
      slowDown();
      if (before.cause !== 'wedged')
        event('wedge-confirmed', reason ?? 'The control listener of the meter has died.', {
          last_ok: lastOkMs === null ? null : toInstant(lastOkMs),
          refusals,
          evidence: this.evidence.bundle(),
        });
      this.#helpItself();
    } else if (cause !== null && cause !== before.cause) {
      event('link-changed', reason ?? '', { link: linkOf(this.#health), was: linkOf(before), cause });
    }
    this.#parts.changed();
  }

  #helpItself(): void {
    const { event, relay } = this.#parts;
    if (relay === null || this.#isSwitching) return;
    const why = this.#whyNoRelay(relay);
    if (why === null) {
      void this.#switch(relay.relay);
      return;
    }
    if (!this.#hasToldNoRelay) event('relay', `The relay was not used. ${why}`, { used: false });
    this.#hasToldNoRelay = true;
  }

  #whyNoRelay(rules: RelayRules): string | null {
    const { clock, run } = this.#parts;
    return whyNoRelay(rules, { lastMs: this.#relayedAtMs, nowMs: clock.nowMs(), run: run() });
  }

  async #switch(relay: Relay): Promise<{ readonly ok: boolean; readonly detail: string }> {
    const { clock, event, log, rememberRelayed, unit } = this.#parts;
    this.#isSwitching = true;
    // Counted before it is done: a relay that fails half-way, or an agent that dies meanwhile, is no reason to try again at once.
    this.#relayedAtMs = clock.nowMs();
    await rememberRelayed(this.#relayedAtMs);
    const { unit: name, host } = unit();
    const done = await relay.cycle({ unit: name, host });
    this.#isSwitching = false;
    log.warn({ ok: done.ok, detail: done.detail }, 'the relay of the meter was used');
    const what = done.ok ? "The relay has cut the meter's power and given it back" : 'The relay could not be used';
    event('relay', `${what}: ${done.detail}`, { used: done.ok });
    return done;
  }
}
