import type { DoorState } from './network.ts';

/** What decides how the meter's two ports treat a connect. */
export interface Condition {
  readonly power: 'on' | 'off' | 'booting';
  readonly asleep: boolean;
  /** The web app excludes TCP control and FTP. */
  readonly webApp: boolean;
  /** The control listener has died (fault F1). */
  readonly wedged: boolean;
  /** Fault F2. */
  readonly deaf: boolean;
  readonly slotFree: boolean;
  /** What a second client meets: nothing, as at a real meter, or a reset that can be counted. */
  readonly busy: 'timeout' | 'reset';
  readonly ftpOn: boolean;
}

/** How the ports should be, whatever they are now. */
export function doorsWanted(condition: Condition): { readonly control: DoorState; readonly ftp: DoorState } {
  if (condition.power !== 'on' || condition.asleep) return { control: 'silent', ftp: 'silent' };
  if (condition.webApp) return { control: 'refusing', ftp: 'refusing' };
  return { control: controlDoor(condition), ftp: condition.ftpOn ? 'open' : 'refusing' };
}

function controlDoor(condition: Condition): DoorState {
  if (condition.wedged) return 'refusing';
  if (condition.deaf) return 'silent';
  return condition.slotFree || condition.busy === 'reset' ? 'open' : 'silent';
}
