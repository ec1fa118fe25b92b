import { describe, expect, it } from 'vitest';
import { FaultSet } from '../faults/fault-set.ts';
import { parseEprt, parsePort } from '../ftp/active-address.ts';
import { CommandLines } from './command-lines.ts';
import { type Condition, doorsWanted } from './doors-wanted.ts';
import { DrdStream } from './drd-stream.ts';
import { composeReply } from './reply.ts';
import { FREE_SLOT, HELD_SLOT, isFree, releasedSlot } from './slot.ts';

const withFault = (...set: Parameters<FaultSet['set']>): FaultSet => {
  const faults = new FaultSet();
  expect(faults.set(...set).kind).toBe('ok');
  return faults;
};

describe('slot', () => {
  it('lingers after its client has gone', () => {
    const slot = releasedSlot(1_000, 4_000);
    expect([
      isFree(FREE_SLOT, 0),
      isFree(HELD_SLOT, 0),
      isFree(slot, 4_999),
      isFree(slot, 5_000),
      isFree(releasedSlot(0, 0), 0),
    ]).toEqual([true, false, false, true, true]);
  });
});

describe('doorsWanted', () => {
  const idle: Condition = {
    power: 'on',
    asleep: false,
    webApp: false,
    wedged: false,
    deaf: false,
    slotFree: true,
    busy: 'timeout',
    ftpOn: true,
  };

  it.each<[string, Partial<Condition>, string, string]>([
    ['idle', {}, 'open', 'open'],
    ['FTP off', { ftpOn: false }, 'open', 'refusing'],
    ['slot held', { slotFree: false }, 'silent', 'open'],
    ['slot held, told to refuse', { slotFree: false, busy: 'reset' }, 'open', 'open'],
    ['wedged: FTP still answers', { wedged: true }, 'refusing', 'open'],
    ['deaf', { deaf: true }, 'silent', 'open'],
    ['web app on', { webApp: true }, 'refusing', 'refusing'],
    ['asleep', { asleep: true, wedged: true }, 'silent', 'silent'],
    ['no power', { power: 'off' }, 'silent', 'silent'],
    ['booting', { power: 'booting' }, 'silent', 'silent'],
  ])('%s', (_name, change, control, ftp) => {
    expect(doorsWanted({ ...idle, ...change })).toEqual({ control, ftp });
  });
});

describe('CommandLines', () => {
  it('keeps the dollar, finds SUB anywhere, and bounds a line', () => {
    const lines = new CommandLines();
    expect(lines.push(Buffer.from('$Measure,Start\r\nDOD?\n\x1aTy'))).toEqual([
      { kind: 'line', text: '$Measure,Start' },
      { kind: 'line', text: 'DOD?' },
      { kind: 'stop' },
    ]);
    expect(lines.push(Buffer.from('pe?\r\n\r\n'))).toEqual([{ kind: 'line', text: 'Type?' }]);
    const [long] = lines.push(Buffer.from(`${'x'.repeat(9_999)}\n`));
    expect(long?.kind === 'line' && long.text.length).toBe(256);
  });
});

describe('composeReply', () => {
  const reply = (command: string, faults = new FaultSet(), dice = 0.5) =>
    composeReply(command, { code: '0000', line: 'Start' }, { faults, echo: false, latencyMs: 5, dice: () => dice });

  it('is the code and the line', () => {
    expect(reply('Measure?')).toMatchObject({ delayMs: 5, text: 'R+0000\r\nStart\r\n', dataLine: 'Start' });
  });

  it.each<[string, FaultSet, number, string, number]>([
    ['late', withFault('F6', {}), 0.5, 'R+0000\r\nStart\r\n', 3_505],
    ['lost', withFault('F7', {}), 0.5, '', 5],
    ['half lost', withFault('F7', { part: 'data-line' }), 0.5, 'R+0000\r\n', 5],
    ['cut in the code', withFault('F7', { part: 'code-end' }), 0.5, 'R+00\r\nStart\r\n', 5],
    ['cut off', withFault('F7', { part: 'connection' }), 0.5, 'R+0000\r\n', 5],
    ['a poor link', withFault('F17', {}), 0.5, 'R+0000\r\nStart\r\n', 355],
    ['a poor link that loses', withFault('F17', {}), 0.001, '', 5],
    ['a garbled run state', withFault('F20', { text: 'Sta t' }), 0.5, 'R+0000\r\nSta t\r\n', 5],
  ])('with a fault: %s', (_name, faults, dice, text, delayMs) => {
    expect(reply('Measure?', faults, dice)).toMatchObject({ text, delayMs });
  });

  it('repeats the command while Echo is on', () => {
    const echoed = composeReply(
      'Measure,Stop',
      { code: '0000' },
      { faults: new FaultSet(), echo: true, latencyMs: 0, dice: () => 0 },
    );
    expect(echoed.text).toBe('Measure,Stop\r\nR+0000\r\n');
  });
});

describe('DrdStream', () => {
  /** The counters that so many ticks put on the wire. */
  const counters = (faults: FaultSet, ticks: number, stream = new DrdStream(), firstTick = 40): string =>
    Array.from({ length: ticks }, (_, index) =>
      stream.next((firstTick + index) * 100, String, faults).text.replaceAll('\r\n', ' '),
    ).join('');

  it.each<[string, FaultSet, string]>([
    ['whole', new FaultSet(), '41 42 43 44 '],
    ['dropping', withFault('F9', { mode: 'drop', every: 3 }), '41 42 44 '],
    ['repeating', withFault('F9', { mode: 'repeat', every: 3 }), '41 42 43 43 44 '],
    ['stalling', withFault('F9', { mode: 'stall', stallMs: 200 }), '43 44 '],
    ['wrapping', withFault('F9', { mode: 'wrap' }), '598 599 600 1 '],
  ])('%s', (_name, faults, seen) => {
    expect(counters(faults, 4)).toBe(seen);
  });

  it('counts 1 to 600 within a minute', () => {
    expect(counters(new FaultSet(), 2, new DrdStream(), 599)).toBe('600 1 ');
  });

  it('ends at SUB, or some lines later', () => {
    const plain = new DrdStream();
    plain.stop(new FaultSet());
    expect(plain.over).toBe(true);
    const faults = withFault('F9', { mode: 'extra', lines: 2 });
    const more = new DrdStream();
    more.stop(faults);
    expect(more.over).toBe(false);
    counters(faults, 2, more);
    expect(more.over).toBe(true);
  });

  it('is cut within a line', () => {
    const stream = new DrdStream();
    const faults = withFault('F9', { mode: 'cut', lines: 1 });
    expect(stream.next(0, () => '1, 50.0', faults)).toEqual({ text: '1, 50.0\r\n', cut: false });
    expect(stream.next(100, () => '2, 50.0', faults)).toEqual({ text: '2, 5', cut: true });
  });
});

describe('active addresses', () => {
  it.each([
    ['127,0,0,1,4,1', { host: '127.0.0.1', port: 1025 }],
    ['127,0,0,1,0,0', null],
    ['127,0,0,256,4,1', null],
    ['127,0,0,1,4', null],
    ['', null],
  ])('PORT %s', (argument, address) => {
    expect(parsePort(argument)).toEqual(address);
  });

  it.each([
    ['|1|127.0.0.1|6275|', { host: '127.0.0.1', port: 6275 }],
    ['|2|::1|6275|', { host: '::1', port: 6275 }],
    ['|1|::1|6275|', null],
    ['|1|127.0.0.1|99999|', null],
    ['', null],
  ])('EPRT %s', (argument, address) => {
    expect(parseEprt(argument)).toEqual(address);
  });
});
