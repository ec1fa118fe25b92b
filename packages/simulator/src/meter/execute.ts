/** The meter's command language: one line in, a result code and at most one data line out. Total: any text has an answer. */
import { parseMeterClock } from '@slmm/protocol';
import type { Meter } from './meter.ts';
import { FIXED_ANSWERS, METER_SETTINGS } from './settings-table.ts';

export type Code = '0000' | '0001' | '0002' | '0003' | '0004';

/** What a command came to. `stream` asks the connection for a line every 100 ms until SUB. */
export interface Outcome {
  readonly code: Code;
  readonly line?: string;
  readonly stream?: 'drd' | 'drd-status';
}

/** Ways in which meters are said to differ. */
export interface Habits {
  /** Whether `Measure, Start` is taken; sources disagree. */
  readonly spaceAfterComma: boolean;
  /** Whether `Reset` exists; it is not in the guide's list. */
  readonly reset: boolean;
}

const CARD_MB = 30_436;
const OK: Outcome = { code: '0000' };
const refused = (code: Code): Outcome => ({ code });
const answer = (line: string): Outcome => ({ code: '0000', line });

const CANONICAL = new Map(
  [
    ...METER_SETTINGS.keys(),
    ...FIXED_ANSWERS.keys(),
    'Clock',
    'Measure',
    'Pause',
    'Manual Store',
    'Reset',
    'Overwrite',
    'Battery Level',
  ]
    .concat(['Serial Number', 'SD Card Total Size', 'SD Card Free Size', 'SD Card Percentage', 'DOD', 'DLC', 'DRD'])
    .map((name) => [name.toLowerCase(), name]),
);

/** Carries out one command line, given without its line end. */
export function execute(meter: Meter, line: string, atMs: number, habits: Habits): Outcome {
  if (/^drd\?status$/i.test(line)) return stream(meter, 'drd-status');
  if (line.endsWith('?')) {
    const name = CANONICAL.get(line.slice(0, -1).toLowerCase());
    return name === undefined ? refused('0001') : request(meter, name, atMs);
  }
  const comma = line.indexOf(',');
  if (comma < 0) {
    if (line.toLowerCase() !== 'reset' || !habits.reset) return refused('0001');
    meter.reset(atMs);
    return OK;
  }
  const name = CANONICAL.get(line.slice(0, comma).toLowerCase());
  if (name === undefined || name === 'Reset') return refused('0001');
  const given = line.slice(comma + 1);
  return set(meter, name, habits.spaceAfterComma ? given.trimStart() : given, atMs);
}

/** The tail of a `DRD?status` line: time, supply, battery, free megabytes, run state. */
export function statusTail(meter: Meter, atMs: number): string {
  const battery = /^[FMLDE]/.exec(meter.battery)?.[0] ?? 'F';
  return [meter.clock.textAt(atMs), 'E', battery, freeMb(meter), meter.run === 'Start' ? 'M' : 'S'].join(',');
}

function request(meter: Meter, name: string, atMs: number): Outcome {
  const fixed = FIXED_ANSWERS.get(name);
  if (fixed !== undefined) return answer(fixed);
  if (METER_SETTINGS.has(name)) return answer(meter.setting(name));
  switch (name) {
    case 'Clock':
      return answer(meter.clock.textAt(atMs));
    case 'Measure':
      return answer(meter.run);
    case 'Pause':
      return answer(meter.paused ? 'On' : 'Off');
    case 'Overwrite':
      return answer(meter.nameIsTaken(meter.setting('Store Name')) ? 'Exist' : 'None');
    case 'Battery Level':
      return answer(meter.battery);
    case 'Serial Number':
      return answer(meter.serialNumber);
    case 'SD Card Total Size':
      return answer(`${CARD_MB}MB`);
    case 'SD Card Free Size':
      return answer(`${freeMb(meter)}MB`);
    case 'SD Card Percentage':
      return answer(`${Math.floor((100 * freeMb(meter)) / CARD_MB)}%`);
    case 'DOD':
      return answer(meter.dod());
    case 'DLC': {
      const line = meter.dlc();
      return line === null ? refused('0004') : answer(line);
    }
    case 'DRD':
      return stream(meter, 'drd');
    default:
      return refused('0003');
  }
}

function set(meter: Meter, name: string, argument: string, atMs: number): Outcome {
  switch (name) {
    case 'Measure':
      return setMeasure(meter, argument.toLowerCase(), atMs);
    case 'Pause':
      return setPause(meter, argument.toLowerCase());
    case 'Manual Store':
      if (argument.toLowerCase() !== 'start') return refused('0002');
      if (meter.run === 'Start' || !meter.hasResult || meter.setting('Store Mode') !== 'Manual') return refused('0004');
      meter.storeManually();
      return OK;
    case 'Clock': {
      const clock = parseMeterClock(argument);
      if (clock === null) return refused('0002');
      if (meter.run === 'Start') return refused('0004');
      meter.setClock(clock, atMs);
      return OK;
    }
    default:
      return setSetting(meter, name, argument);
  }
}

function setMeasure(meter: Meter, word: string, atMs: number): Outcome {
  if (word !== 'start' && word !== 'stop') return refused('0002');
  if (word === 'start') {
    if (meter.run === 'Start' || meter.sdFull) return refused('0004');
    meter.start(atMs);
  } else {
    if (meter.run === 'Stop') return refused('0004');
    meter.stop(atMs);
  }
  return OK;
}

function setPause(meter: Meter, word: string): Outcome {
  if (word !== 'on' && word !== 'off') return refused('0002');
  if (meter.run === 'Stop') return refused('0004');
  meter.pause(word === 'on');
  return OK;
}

function setSetting(meter: Meter, name: string, argument: string): Outcome {
  const setting = METER_SETTINGS.get(name);
  if (setting === undefined) return refused('0003');
  const value = setting.take(argument);
  if (value === null) return refused('0002');
  // Sleep may be switched off at any time, never on while measuring.
  if (meter.run === 'Start' && setting.locked && !(name === 'Sleep Mode' && value === 'Off')) return refused('0004');
  meter.set(name, value);
  return OK;
}

/** In Auto store mode DRD needs the Lp store interval of 100 ms (NL-42 manual; the same is expected of an NL-43). */
function stream(meter: Meter, kind: 'drd' | 'drd-status'): Outcome {
  if (meter.setting('Store Mode') === 'Auto' && meter.setting('Lp Store Interval') !== '100ms') return refused('0004');
  return { code: '0000', stream: kind };
}

function freeMb(meter: Meter): number {
  return meter.sdFull ? 0 : CARD_MB - 1_200 - 5 * meter.recordings.length;
}
