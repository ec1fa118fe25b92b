import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from './command-table.ts';
import { checkAnswer, encodeRequest, encodeSetting, findCommand, runStateOf } from './command.ts';

const settable = COMMANDS.filter((command) => command.setting !== undefined);

/** The line, or the code of the refusal. */
const sent = (encoded: ReturnType<typeof encodeRequest>): string => (encoded.kind === 'ok' ? encoded.line : encoded.code);

describe('encodeRequest', () => {
  it.each([
    ['DOD', 'DOD?', 'code-and-line'],
    ['measure', 'Measure?', 'code-and-line'],
    ['Frequency Weighting (Sub2)', 'Frequency Weighting (Sub2)?', 'code-and-line'],
    ['DRD', 'DRD?', 'stream'],
    ['DRD?status', 'DRD?status', 'stream'],
  ])('%s is %s', (name, line, answer) => {
    expect(encodeRequest(name)).toMatchObject({ kind: 'ok', line, answer });
  });

  it('refuses what cannot be requested', () => {
    expect(sent(encodeRequest('Manual Store'))).toBe('wrong-form');
    expect(sent(encodeRequest('Frequency Weighting (Foo)'))).toBe('unknown-command');
    expect(sent(encodeRequest('Main)?\r\nMeasure,Stop'))).toBe('unknown-command');
  });
});

describe('encodeSetting', () => {
  it.each([
    ['Measure', 'Start', 'Measure,Start'],
    ['Clock', '2026/11/23 06:41:05', 'Clock,2026/11/23 06:41:05'],
    ['Store Name', '0042', 'Store Name,0042'],
    ['Manual Store', 'Start', 'Manual Store,Start'],
    ['Measurement Time Preset Manual', '00:05:30', 'Measurement Time Preset Manual,00:05:30'],
    ['Percentile 1', '5', 'Percentile 1,5'],
    ['Reset', '', 'Reset'],
  ])('%s to %j is %s', (name, argument, line) => {
    expect(encodeSetting(name, argument)).toMatchObject({ kind: 'ok', line, answer: 'code' });
  });

  it.each([
    ['Clock', '2026/11/23,06:41:05', 'bad-argument'],
    ['Clock', 'tomorrow', 'bad-argument'],
    ['Measure', 'Run', 'bad-argument'],
    ['Measure', ' Start', 'bad-argument'],
    ['Measure', 'Start\r\nReset', 'bad-argument'],
    ['Store Name', '42', 'bad-argument'],
    ['Store Name', '10000', 'bad-argument'],
    ['Store Name', '004\u0664', 'bad-argument'],
    ['Percentile 1', '1e1', 'bad-argument'],
    ['Percentile 1', '', 'bad-argument'],
    ['Frequency Weighting (Main)', 'B', 'bad-argument'],
    ['Battery Level', 'Full', 'wrong-form'],
    ['Format Card', 'Yes', 'unknown-command'],
  ])('refuses %s to %j', (name, argument, code) => {
    expect(sent(encodeSetting(name, argument))).toBe(code);
  });

  it('never lets a line end, a comma or a dollar into a line, whatever the argument', () => {
    const argument = fc.string({
      unit: fc.constantFrom('\r', '\n', ',', '$', '\0', 'A', '1', ' ', 'é', ':', '/'),
      maxLength: 24,
    });
    fc.assert(
      fc.property(fc.constantFrom(...settable), fc.oneof(argument, fc.string()), (command, text) => {
        const encoded = encodeSetting(command.name, text);
        if (encoded.kind === 'refused') return;
        expect(encoded.line).toMatch(/^[\x20-\x7e]+$/);
        expect(encoded.line.slice(command.name.length + 1)).not.toMatch(/[,$]/);
      }),
    );
  });
});

describe('checkAnswer', () => {
  const check = (name: string, line: string): string => {
    const command = findCommand(name);
    if (command === null) throw new Error(`no command ${name}`);
    const answer = checkAnswer(command, line);
    return answer.kind === 'answer' ? answer.value : answer.reason;
  };

  it.each([
    ['Battery Level', 'Full', 'Full'],
    ['Clock', ' 2026/11/23 06:41:05', '2026/11/23 06:41:05'],
    ['Overwrite', 'Exist', 'Exist'],
    ['Sleep Mode', 'Off', 'Off'],
    ['Type', 'NL-43', 'NL-43'],
    ['Measure', 'M?asure', 'M?asure'],
  ])('takes the answer of %s: %j', (name, line, value) => {
    expect(check(name, line)).toBe(value);
  });

  it.each([
    ['Clock', 'Full', 'bad-answer'],
    ['Overwrite', 'On', 'bad-answer'],
    ['FTP', 'R+0000', 'bad-answer'],
    ['Measure', ' 51.3, 52.4', 'bad-answer'],
    ['DOD', 'Start', 'field-count'],
    ['Manual Store', 'On', 'bad-answer'],
  ])('refuses for %s the line %j', (name, line, reason) => {
    expect(check(name, line)).toBe(reason);
  });

  it('takes back every argument that it lets out, where the same grammar serves both ways', () => {
    fc.assert(
      fc.property(fc.constantFrom(...settable), fc.stringMatching(/^[A-Za-z0-9:./ ]{0,12}$/), (command, argument) => {
        if (command.request?.answer !== command.setting) return;
        const encoded = encodeSetting(command.name, argument);
        if (encoded.kind === 'refused') return;
        expect(checkAnswer(command, argument)).toEqual({ kind: 'answer', value: argument });
      }),
    );
  });
});

describe('runStateOf', () => {
  it.each([
    ['Start', 'Start'],
    ['Measure', 'Start'],
    ['Stop', 'Stop'],
    ['Sto', 'unknown'],
    ['R+0000', 'unknown'],
    ['', 'unknown'],
  ])('%j is %s', (answer, state) => {
    expect(runStateOf(answer)).toBe(state);
  });
});

describe('the command table', () => {
  it('names every command once', () => {
    expect(new Set(COMMANDS.map((command) => command.name.toLowerCase())).size).toBe(COMMANDS.length);
  });
});
