/** Faults that change the meter at the moment they are set or cleared; all others are asked for when they matter. */
import type { Meter } from '../meter/meter.ts';
import type { SimTime } from '../sim-time.ts';
import type { FaultSet } from './fault-set.ts';
import type { FaultId, FaultParams } from './fault-table.ts';

/** What such faults need of the meter on the network. */
export interface FaultTarget {
  readonly meter: Meter;
  readonly faults: FaultSet;
  readonly time: SimTime;
  powerOn(bootMs: number): void;
  sleep(durationMs: number): void;
  wake(): void;
  freezeConnections(): void;
  resetConnections(): void;
}

export function applyFault(id: FaultId, target: FaultTarget): void {
  const { faults, meter } = target;
  const nowMs = target.time.nowMs();
  const clock = faults.get('F11');
  const used = faults.get('F18');
  const sleep = faults.get('F13');
  const change = faults.get('F12');
  if (id === 'F11' && clock !== null) meter.clock.disturb(clock.offsetMs, clock.driftMsPerDay, nowMs);
  else if (id === 'F12' && change !== null) changeByItself(change, target, nowMs);
  else if (id === 'F13' && sleep !== null) target.sleep(sleep.durationMs);
  else if (id === 'F15') target.resetConnections();
  else if (id === 'F16') target.freezeConnections();
  else if (id === 'F18' && used !== null) meter.set('Store Name', used.storeName);
}

/** Undoes what lasts; a stop, a reboot or a used store name stays. */
export function removeFault(id: FaultId, params: unknown, target: FaultTarget): void {
  const { meter } = target;
  if (id === 'F11') meter.clock.disturb(-(params as FaultParams<'F11'>).offsetMs, 0, target.time.nowMs());
  else if (id === 'F13') target.wake();
  else if (id === 'F16') target.resetConnections();
  else if (id === 'F12') {
    const { what } = params as FaultParams<'F12'>;
    if (what === 'battery') meter.battery = 'Full';
    else if (what === 'sd-full') meter.sdFull = false;
    else if (what === 'pause') meter.pause(false);
  }
}

function changeByItself(change: FaultParams<'F12'>, target: FaultTarget, nowMs: number): void {
  const { meter } = target;
  switch (change.what) {
    case 'stop':
      return meter.stop(nowMs);
    case 'pause':
      return meter.pause(true);
    case 'sd-full':
      meter.sdFull = true;
      return meter.stop(nowMs);
    case 'battery':
      meter.battery = change.battery;
      return;
    case 'reboot':
      return target.powerOn(change.bootMs);
  }
}
