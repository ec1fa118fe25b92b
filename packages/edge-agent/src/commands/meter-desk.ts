import type { CardAddress } from '../card/card-session.ts';
import type { RunState, UnitInfo } from '@slmm/protocol';
import type { DeviceLogCategory, DeviceLogLevel, DeviceLogLine } from '../diagnosis/device-log.ts';
import type { SlotHold } from '../acquisition/slot-hold.ts';
import type { Outcome } from '../meter-session/exchange.ts';

/**
 * One meter as the commands see it. Questions go ahead of polling and are asked again once; settings are sent once.
 * Arguments must have been checked against the meter's grammar before. Neighbour: acquisition/unit-acquisition.ts is the desk.
 */
export interface MeterDesk {
  readonly isEnabled: boolean;
  /** Why the meter cannot be reached at present, or `null` while it can. */
  readonly unreachableReason: string | null;
  /** Edge wall time. */
  nowMs(): number;
  /** The value of a setting as last read, without asking. */
  lastRead(command: string): string | null;
  /** Asks `Name?`. Never rejects. `giveUpAtMs` (monotonic) bounds the wait for its turn. */
  request(name: string, giveUpAtMs: number): Promise<Outcome>;
  /** Sends `Name,argument` and looks soon what has become of it. Never rejects. */
  set(name: string, argument: string, giveUpAtMs: number): Promise<Outcome>;
  /** The way to the meter's card, or `null` where FTP is not configured. */
  readonly card: CardAddress | null;
  /** Meter clock minus edge clock, seconds; `null` while not measured. */
  readonly clockOffsetS: number | null;
  /** Whether a connection is held or sought at present. */
  readonly isHeld: boolean;
  /** Changes whether the slot is held; resolves when one that is given away is free. */
  changeHold(change: Partial<SlotHold>): Promise<void>;
  /** Takes the slot whatever stood against it by command. */
  claim(): Promise<void>;
  /** Whether the meter measures, as last seen. */
  readonly run: RunState;
  /** Lines of the unit's device log. */
  logLines(level: DeviceLogLevel, category: DeviceLogCategory | null, limit: number): readonly DeviceLogLine[];
  /** The settings as last read, and what they mean. */
  settingsRead(): UnitInfo;
  /** Publishes what a command has done to the meter. */
  commandTold(text: string, detail: Record<string, unknown>): void;
}
