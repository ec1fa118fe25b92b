/**
 * Every meter command that the product knows, as data: its spelling, which of its two forms exist, and what they carry.
 * Names are from the command list of Rion's Communication Guide No. 66132 (pages 34-38). Where the guide's parameter pages could not be
 * read, the grammar of what is set is a cautious shape, and the meter itself has the last word with R+0002; what it answers is taken in any plain spelling.
 */
import type { Grammar } from './command-grammar.ts';

export interface Command {
  /** The name as sent; spaces inside count, upper and lower case do not. */
  readonly name: string;
  /** The request form `Name?`: the shape of the line after R+0000, and whether lines then keep coming until SUB. */
  readonly request?: { readonly answer: Grammar; readonly stream?: true; readonly line?: string };
  /** The setting form `Name,argument`, answered by the result code alone. */
  readonly setting?: Grammar;
}

const onOff: Grammar = { kind: 'words', words: ['On', 'Off'] };
const pattern = (expression: RegExp, says: string): Grammar => ({ kind: 'pattern', pattern: expression, says });
const text = pattern(/^[\x21-\x7e]([\x20-\x7e]{0,30}[\x21-\x7e])?$/, 'a short text without spaces around it');
/** What is set of presets such as `10m`, `100ms` or `00:05:30`; which of them exist differs by option and firmware. */
const duration = pattern(
  /^(\d{1,4}(ms|s|m|h)|\d{2,3}:[0-5]\d:[0-5]\d|Off|None|Manual)$/,
  'a duration like 100ms, 10s, 15m, 24h or 00:05:30, or Off',
);
const amount: Grammar = { kind: 'number', min: 1, max: 1000, decimals: 0 };
const unit = pattern(/^(ms|s|m|h)$/, 'a unit of time: ms, s, m or h');
const size = pattern(/^\d{1,9}(\.\d{1,3})? ?(MB|GB|%)?$/i, 'a size');
const barDb: Grammar = { kind: 'number', min: -20, max: 200, decimals: 0 };
/** How a meter writes it is not known: `5`, `5.0`, `L5` and `5 %` are all the same. */
const percentSaid = pattern(/^L? ?\d{1,3}(\.\d{1,2})? ?%?$/i, 'a percentile like 5.0');
const percent: Grammar = { kind: 'number', min: 0.1, max: 99.9, decimals: 1 };
const frequencyWeighting: Grammar = { kind: 'words', words: ['A', 'C', 'Z'] };
const timeWeighting: Grammar = { kind: 'words', words: ['F', 'S', 'I', '10ms'] };

const readOnly = (name: string, answer: Grammar): Command => ({ name, request: { answer } });
const both = (name: string, grammar: Grammar, answer: Grammar = grammar): Command => ({
  name,
  request: { answer },
  setting: grammar,
});
const each = <const K extends readonly string[]>(keys: K, command: (key: K[number]) => Command): readonly Command[] =>
  keys.map(command);

const CHANNELS = ['Main', 'Sub1', 'Sub2', 'Sub3'] as const;

export const COMMANDS: readonly Command[] = [
  // Communication and identity
  both('Echo', onOff),
  readOnly('Type', pattern(/^[A-Z]{1,4}-?\d{1,3}[A-Za-z0-9 /-]{0,16}$/, 'a model like NL-43')),
  readOnly('Serial Number', pattern(/^(?=.*\d)[A-Z0-9-]{3,16}$/, 'a serial number')),
  readOnly('System Version', pattern(/^(?=.*\d)[A-Za-z0-9 ._-]{1,24}$/, 'a version like 1.02.0034')),
  both('Clock', { kind: 'clock' }),
  both('Index Number', { kind: 'digits', width: 4 }),
  readOnly('Battery Type', text),
  // A word on the meter that was seen (`Full`), percent according to another document.
  readOnly('Battery Level', pattern(/^([A-Za-z]{1,16}|\d{1,3}%?)$/, 'a battery level like Full')),
  readOnly('SD Card Total Size', size),
  readOnly('SD Card Free Size', size),
  readOnly('SD Card Percentage', size),
  // Display: an item shows in DOD only while its display is on
  both('Output Level Range Upper', barDb),
  both('Output Level Range Lower', barDb),
  ...each(['Leq', 'LE', 'Lpeak', 'Lmax', 'Lmin', 'LN1', 'LN2', 'LN3', 'LN4', 'LN5', 'LIeq', 'Ltm5', 'Leqmov'], (item) =>
    both(`Display ${item}`, onOff),
  ),
  readOnly('Octave Mode', text),
  // What is measured
  ...each(CHANNELS, (channel) => both(`Frequency Weighting (${channel})`, frequencyWeighting)),
  ...each(CHANNELS, (channel) => both(`Time Weighting (${channel})`, timeWeighting)),
  readOnly('Windscreen Correction', text),
  readOnly('Diffuse Sound Field Correction', text),
  both('TRM', text),
  ...each(['1', '2', '3', '4', '5'], (number) => both(`Percentile ${number}`, percent, percentSaid)),
  both('Moving Leq Interval Preset', duration, text),
  // Measuring and storing
  both('Measure', { kind: 'words', words: ['Start', 'Stop'] }, text),
  both('Pause', onOff),
  // Not in the guide's list; SLMM 0.4.0 sent it, and a real meter is expected to answer R+0001.
  { name: 'Reset', setting: { kind: 'none' } },
  both('Store Mode', { kind: 'words', words: ['Manual', 'Auto'] }, text),
  both('Store Name', { kind: 'digits', width: 4 }),
  readOnly('Manual Address', pattern(/^\d{1,4}$/, 'an address')),
  { name: 'Manual Store', setting: { kind: 'words', words: ['Start'] } },
  readOnly('Overwrite', { kind: 'words', words: ['None', 'Exist'] }),
  both('Measurement Time Preset Manual', duration, text),
  both('Measurement Time Manual (Num)', amount),
  both('Measurement Time Manual (Unit)', unit),
  both('Measurement Time Preset Auto', duration, text),
  both('Measurement Time Auto (Num)', amount),
  both('Measurement Time Auto (Unit)', unit),
  both('Lp Store Interval', duration, text),
  both('Leq Calculation Interval Preset', duration, text),
  both('Leq Calculation Interval (Num)', amount),
  both('Leq Calculation Interval (Unit)', unit),
  // NL-42 only (its Interface Manual, p. 57): tried once, R+0001 is accepted
  readOnly('Measurement Start Time', { kind: 'clock' }),
  readOnly('Measurement Stop Time', { kind: 'clock' }),
  readOnly('Measurement Elapsed Time', { kind: 'number', min: 0, max: 3_600_000, decimals: 1 }),
  // Connections
  both('Sleep Mode', onOff),
  both('FTP', onOff),
  readOnly('TCP', onOff),
  readOnly('Web', onOff),
  // Data output
  readOnly('DOD', { kind: 'dod' }),
  readOnly('DLC', { kind: 'dod' }),
  { name: 'DRD', request: { answer: { kind: 'drd' }, stream: true } },
  { name: 'DRD?status', request: { answer: { kind: 'drd' }, stream: true, line: 'DRD?status' } },
];
