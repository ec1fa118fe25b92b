/** What can be set on the simulated meter: its first value, the words it takes, and whether it may change while measuring. */

export interface MeterSetting {
  readonly initial: string;
  /** The stored spelling of an argument, or `null` for R+0002. */
  readonly take: (argument: string) => string | null;
  /** R+0004 while measuring. */
  readonly locked: boolean;
}

const PRESETS = ['10s', '1m', '5m', '10m', '15m', '30m', '1h', '8h', '24h', '1000h', 'Off'];
const LP_INTERVALS = ['100ms', '200ms', '1s', 'Off'];
const LEQ_INTERVALS = ['Off', '1s', '3s', '5s', '10s', '30s', '1m', '5m', '10m', '15m', '30m', '1h', '8h', '24h'];
const MOVING_INTERVALS = ['10s', '1m', '5m', '10m', '15m', '30m', '1h'];

/** Upper and lower case do not count in arguments. */
const words =
  (...allowed: readonly string[]) =>
  (argument: string): string | null =>
    allowed.find((word) => word.toLowerCase() === argument.toLowerCase()) ?? null;
const fourDigits = (argument: string): string | null => (/^\d{4}$/.test(argument) ? argument : null);
const whole =
  (least: number, greatest: number) =>
  (argument: string): string | null =>
    /^\d{1,4}$/.test(argument) && Number(argument) >= least && Number(argument) <= greatest ? String(Number(argument)) : null;
const presetOrTime = (argument: string): string | null =>
  /^\d{2,3}:[0-5]\d:[0-5]\d$/.test(argument) ? argument : words(...PRESETS)(argument);

const locked = (initial: string, take: MeterSetting['take']): MeterSetting => ({ initial, take, locked: true });
const free = (initial: string, take: MeterSetting['take']): MeterSetting => ({ initial, take, locked: false });
const onOff = words('On', 'Off');

const weightings = (
  initial: readonly [string, string, string, string],
  name: string,
  allowed: readonly string[],
): [string, MeterSetting][] =>
  ['Main', 'Sub1', 'Sub2', 'Sub3'].map((channel, index) => [
    `${name} (${channel})`,
    locked(initial[index] ?? '', words(...allowed)),
  ]);

const display = (name: string, initial: 'On' | 'Off'): [string, MeterSetting] => [`Display ${name}`, free(initial, onOff)];

/** By name as the meter spells it. */
export const METER_SETTINGS: ReadonlyMap<string, MeterSetting> = new Map<string, MeterSetting>([
  ['Echo', free('Off', onOff)],
  ['Index Number', locked('0001', fourDigits)],
  ['Output Level Range Upper', free('110', whole(40, 140))],
  ['Output Level Range Lower', free('20', whole(0, 100))],
  ...['Leq', 'LE', 'Lpeak', 'Lmax', 'Lmin', 'LN1', 'LN2', 'LN3', 'LN4', 'LN5'].map((item) => display(item, 'On')),
  // Off as on the meter whose lines were seen: these items then show placeholders.
  ...['LIeq', 'Ltm5', 'Leqmov'].map((item) => display(item, 'Off')),
  ...weightings(['A', 'C', 'Z', 'A'], 'Frequency Weighting', ['A', 'C', 'Z']),
  ...weightings(['F', 'F', 'F', 'F'], 'Time Weighting', ['F', 'S', 'I', '10ms']),
  ['TRM', locked('Lp', words('Lp', 'Leq'))],
  ['Percentile 1', locked('5', whole(1, 99))],
  ['Percentile 2', locked('10', whole(1, 99))],
  ['Percentile 3', locked('50', whole(1, 99))],
  ['Percentile 4', locked('90', whole(1, 99))],
  ['Percentile 5', locked('95', whole(1, 99))],
  ['Moving Leq Interval Preset', locked('15m', words(...MOVING_INTERVALS))],
  ['Store Mode', locked('Auto', words('Manual', 'Auto'))],
  ['Store Name', locked('0002', fourDigits)],
  ['Measurement Time Preset Manual', locked('10m', presetOrTime)],
  ['Measurement Time Preset Auto', locked('1000h', presetOrTime)],
  ...['Measurement Time Manual', 'Measurement Time Auto', 'Leq Calculation Interval'].flatMap(
    (name): [string, MeterSetting][] => [
      [`${name} (Num)`, locked('1', whole(1, 1000))],
      [`${name} (Unit)`, locked('h', words('s', 'm', 'h'))],
    ],
  ),
  ['Lp Store Interval', locked('100ms', words(...LP_INTERVALS))],
  ['Leq Calculation Interval Preset', locked('15m', words(...LEQ_INTERVALS))],
  ['Sleep Mode', locked('Off', onOff)],
  ['FTP', free('On', onOff)],
]);

/** Requests that have one answer on every simulated meter and no setting form. */
export const FIXED_ANSWERS: ReadonlyMap<string, string> = new Map([
  ['Type', 'NL-43'],
  ['System Version', '1.02.0004'],
  ['Battery Type', 'NiMH'],
  ['Octave Mode', 'Off'],
  ['Windscreen Correction', 'Off'],
  ['Diffuse Sound Field Correction', 'Off'],
  ['Manual Address', '1'],
  ['TCP', 'On'],
  ['Web', 'Off'],
]);

/** Milliseconds of `100ms`, `10s`, `15m`, `1h` or `00:05:30`; `null` for `Off`. */
export function durationMs(text: string): number | null {
  const clock = /^(\d+):(\d+):(\d+)$/.exec(text);
  if (clock !== null) return ((Number(clock[1]) * 60 + Number(clock[2])) * 60 + Number(clock[3])) * 1000;
  const match = /^(\d+)(ms|s|m|h)$/.exec(text);
  if (match === null) return null;
  return Number(match[1]) * ({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match[2] ?? ''] ?? 0);
}
