import type { RunState, UnitInfo, UnitState } from '@slmm/protocol';
import type { SlotHold } from '../acquisition/slot-hold.ts';
import type { CardAddress } from '../card/card-session.ts';
import type { DeviceLogCategory, DeviceLogLevel, DeviceLogLine } from '../diagnosis/device-log.ts';
import type { Evidence } from '../diagnosis/evidence.ts';
import type { Look } from '../diagnosis/link-health.ts';
import type { Outcome } from '../meter-session/exchange.ts';

/** The stream is off until this is released. */
export interface StreamHold {
  /** How long FTP must wait, because a stream has started a moment ago. */
  readonly restMs: number;
  release(): void;
}

/**
 * One meter as the commands see it. Questions go ahead of polling and are asked again once; settings are sent once.
 * Arguments must have been checked against the meter's grammar before. Port; acquisition/unit-desk.ts is the desk.
 */
export interface MeterDesk {
  // --- what is known, without asking
  readonly isEnabled: boolean;
  /** Whether a connection is held or sought at present. */
  readonly isHeld: boolean;
  /** The way to the meter's card, or `null` where FTP is not configured. */
  readonly card: CardAddress | null;
  /** Meter clock minus edge clock, seconds; `null` while not measured. */
  readonly clockOffsetS: number | null;
  /** Whether the meter measures, as last seen. */
  readonly run: RunState;
  /** As it is published. */
  readonly state: UnitState;
  /** What led to the present state of the link. */
  readonly evidence: Pick<Evidence, 'bundle'>;
  /** Edge wall time. */
  nowMs(): number;
  /** The value of a setting as last read. */
  lastRead(command: string): string | null;
  /** The settings as last read, and what they mean. */
  settingsRead(): UnitInfo;
  /** Lines of the unit's device log. */
  logLines(level: DeviceLogLevel, category: DeviceLogCategory | null, limit: number): readonly DeviceLogLine[];

  // --- asking and telling the meter
  /** Asks `Name?`. Never rejects. `giveUpAtMs` (monotonic) bounds the wait for its turn. */
  request(name: string, giveUpAtMs: number): Promise<Outcome>;
  /** Sends `Name,argument` and looks soon what has become of it. Never rejects. */
  set(name: string, argument: string, giveUpAtMs: number): Promise<Outcome>;
  /** One line of the unit's device log. */
  note(category: DeviceLogCategory, level: DeviceLogLevel, message: string): void;
  /** Publishes what a command has done to the meter. */
  commandTold(text: string, detail: Record<string, unknown>): void;

  /** FTP will be switched otherwise for a while, and has to say this in the end, also when the agent dies meanwhile. Resolves when that is sure. */
  oweFtp(word: 'On' | 'Off'): Promise<void>;
  /** Keeps the 10 Hz stream off while the card is used; DOD goes on. */
  holdStream(): StreamHold;

  // --- the slot, and what is around the meter
  /** Changes whether the slot is held; resolves when one that is given away is free. */
  changeHold(change: Partial<SlotHold>): Promise<void>;
  /** Takes the slot whatever stood against it by command. */
  claim(): Promise<void>;
  /** Looks whether the FTP port answers; `null` where the unit has none. Never rejects. */
  look(): Promise<Look | null>;
  /** Lets the relay cut the meter's power for a moment, if one is set up and may be used. Never rejects. */
  powerCycle(whileMeasuring: boolean): Promise<{ readonly ok: boolean; readonly detail: string }>;
}
