import { checkAnswer, decodeDod, type DodReading, METER_COMMANDS } from '@slmm/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldLevel } from '../levels/level-source.ts';
import { execute, type Habits } from './execute.ts';
import { Meter } from './meter.ts';

const START = Date.UTC(2026, 2, 4, 5, 6, 7);

/** A meter whose time is told in seconds since its start. */
class Bench {
  readonly meter: Meter;
  readonly #habits: Habits;
  nowMs = START;

  constructor(options: { measuring?: boolean; levelDb?: number; habits?: Partial<Habits> } = {}) {
    const { measuring = false, levelDb = 65 } = options;
    this.#habits = { spaceAfterComma: false, reset: true, ...options.habits };
    const source = heldLevel(levelDb);
    this.meter = new Meter({ serialNumber: '01130001', source, atMs: START, measuring, clockOffsetMs: 0, earlier: [] });
  }

  pass(seconds: number): this {
    const untilMs = this.nowMs + seconds * 1_000;
    while (this.nowMs < untilMs) this.suspend(Math.min(10, (untilMs - this.nowMs) / 1_000));
    return this;
  }

  /** The machine sleeps: time passes at one stroke. */
  suspend(seconds: number): this {
    this.nowMs += Math.round(seconds * 1_000);
    this.meter.advance(this.nowMs);
    return this;
  }

  /** The answer as `R+dddd` or `R+0000 line`. */
  say(line: string): string {
    const { code, line: answer } = execute(this.meter, line, this.nowMs, this.#habits);
    return answer === undefined ? `R+${code}` : `R+${code} ${answer}`;
  }

  dod(): DodReading['channels'][0] {
    const reading = decodeDod(this.meter.dod());
    if (reading.kind === 'failure') throw new Error(reading.detail);
    return reading.channels[0];
  }
}

describe('result codes as seen on real meters', () => {
  it.each<[string, string, boolean, string]>([
    ['a dollar in front', '$Measure,Start', false, 'R+0001'],
    ['an unknown name', 'ManualStore', false, 'R+0001'],
    ['Manual Store without parameter', 'Manual Store', false, 'R+0001'],
    ['Manual Store in the wrong mode', 'Manual Store,Start', false, 'R+0004'],
    ['a comma in the clock', 'Clock,2026/03/04,01:02:03', false, 'R+0002'],
    ['the clock with a space', 'Clock,2026/03/04 01:02:03', false, 'R+0000'],
    ['the clock while measuring', 'Clock,2026/03/04 01:02:03', true, 'R+0004'],
    ['a stop when stopped', 'Measure,Stop', false, 'R+0004'],
    ['a start when measuring', 'Measure,Start', true, 'R+0004'],
    ['sleep while measuring', 'Sleep Mode,On', true, 'R+0004'],
    ['sleep when stopped', 'Sleep Mode,On', false, 'R+0000'],
    ['waking is always allowed', 'Sleep Mode,Off', true, 'R+0000'],
    ['a setting while measuring', 'Lp Store Interval,1s', true, 'R+0004'],
    ['FTP while measuring', 'FTP,Off', true, 'R+0000'],
    ['a bad weighting', 'Frequency Weighting (Main),B', false, 'R+0002'],
    ['a bad channel', 'Frequency Weighting (Foo)?', false, 'R+0001'],
    ['a preset that is none', 'Measurement Time Preset Manual,7m', false, 'R+0002'],
    ['a time of one\u2019s own', 'Measurement Time Preset Manual,00:05:30', false, 'R+0000'],
    ['setting what is read-only', 'Battery Level,Full', false, 'R+0003'],
    ['requesting what can only be set', 'Manual Store?', false, 'R+0003'],
    ['a pause when stopped', 'Pause,On', false, 'R+0004'],
    ['final results that are not there', 'DLC?', false, 'R+0004'],
    ['names in other case', 'measure?', false, 'R+0000 Stop'],
    ['a space after the comma', 'Measure, Start', false, 'R+0002'],
  ])('%s: %s', (_name, line, measuring, answer) => {
    expect(new Bench({ measuring }).say(line)).toBe(answer);
  });

  it('takes or refuses what meters are said to differ in', () => {
    expect(new Bench({ habits: { spaceAfterComma: true } }).say('Measure, Start')).toBe('R+0000');
    expect(new Bench({ habits: { reset: false } }).say('Reset')).toBe('R+0001');
  });

  it('answers every text', () => {
    const bench = new Bench();
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (line) => {
        expect(bench.say(line)).toMatch(/^R\+000[0-4]/);
      }),
    );
  });
});

describe('measuring', () => {
  it('shows only Lp before anything was measured', () => {
    const channel = new Bench().pass(3).dod();
    expect([channel.lp, channel.leq, channel.lmax, channel.ln[0]]).toEqual([65, null, null, null]);
  });

  it('is cumulative since the start: LE - Leq tells the elapsed time', () => {
    const bench = new Bench();
    bench.say('Measure,Start');
    const channel = bench.pass(10).dod();
    expect([channel.leq, channel.le, channel.lmax, channel.lmin, channel.ln[2]]).toEqual([65, 75, 65, 65, 65]);
  });

  it('keeps results after a stop and gives them as DLC without Lp', () => {
    const bench = new Bench({ measuring: true }).pass(10);
    expect(bench.say('Measure,Stop')).toBe('R+0000');
    expect(bench.pass(10).dod().le).toBe(75);
    const dlc = decodeDod(bench.meter.dlc() ?? '');
    expect(dlc.kind === 'dod' && [dlc.channels[0].lp, dlc.channels[0].leq]).toEqual([null, 65]);
    bench.say('Measure,Start');
    expect(bench.pass(1).dod().le).toBe(65);
  });

  it('does not count a pause', () => {
    const bench = new Bench({ measuring: true }).pass(10);
    expect(bench.say('Pause,On')).toBe('R+0000');
    expect(bench.pass(100).dod().le).toBe(75);
    expect(bench.say('Measure?')).toBe('R+0000 Start');
    bench.say('Pause,Off');
    expect(bench.pass(90).dod().le).toBe(85);
  });

  it('starts from zero after Reset', () => {
    const bench = new Bench({ measuring: true }).pass(100);
    bench.say('Reset');
    expect(bench.pass(10).dod().le).toBe(75);
  });

  it('stops by itself when the preset time is over', () => {
    const bench = new Bench();
    bench.say('Store Mode,Manual');
    bench.say('Measurement Time Preset Manual,10s');
    bench.say('Measure,Start');
    expect(bench.pass(9.9).say('Measure?')).toBe('R+0000 Start');
    expect(bench.pass(0.1).say('Measure?')).toBe('R+0000 Stop');
    expect(bench.say('Manual Store,Start')).toBe('R+0000');
    expect(bench.meter.recordings.map((recording) => recording.mode)).toEqual(['Manual']);
  });

  it('leaves what was stored before alone when a measurement that stores nothing is paused', () => {
    const bench = new Bench({ measuring: true }).pass(10);
    bench.say('Measure,Stop');
    bench.say('Store Mode,Manual');
    bench.say('Measure,Start');
    bench.pass(1).say('Pause,On');
    bench.pass(1).say('Pause,Off');
    expect(bench.pass(1).meter.recordings.map(({ spans }) => spans.map(({ toMs }) => toMs !== null))).toEqual([[true]]);
  });

  it('shows sub channels through their own weightings', () => {
    const reading = decodeDod(new Bench({ measuring: true }).pass(1).meter.dod());
    expect(reading.kind === 'dod' && reading.channels.map((channel) => channel.leq)).toEqual([65, 67.8, 69.1, 65]);
  });

  it('shows display items only while they are on', () => {
    const bench = new Bench({ measuring: true });
    expect([bench.pass(1).dod().lieq, bench.dod().leqMov]).toEqual([null, null]);
    bench.say('Display LIeq,On');
    expect(bench.dod().lieq).toBe(65);
    bench.say('Display Leq,Off');
    expect(bench.dod().leq).toBeNull();
  });

  it('counts the time it was suspended as not measured beyond a minute', () => {
    const channel = new Bench({ measuring: true }).suspend(100_000).dod();
    expect(channel.le).toBeCloseTo(65 + 10 * Math.log10(60), 1);
  });

  it('begins again under the next free store name after a loss of power', () => {
    const bench = new Bench({ measuring: true }).pass(10);
    bench.meter.reboot(bench.nowMs);
    expect(bench.pass(1).dod().le).toBe(65);
    expect(bench.meter.recordings.map((recording) => recording.storeName)).toEqual(['0002', '0003']);
  });
});

describe('storing', () => {
  it('says Exist for a used name and None for a free one', () => {
    const bench = new Bench({ measuring: true });
    expect(bench.say('Overwrite?')).toBe('R+0000 Exist');
    bench.say('Measure,Stop');
    bench.say('Store Name,0042');
    expect([bench.say('Store Name?'), bench.say('Overwrite?')]).toEqual(['R+0000 0042', 'R+0000 None']);
  });

  it('refuses to start on a full card', () => {
    const bench = new Bench();
    bench.meter.sdFull = true;
    expect([bench.say('Measure,Start'), bench.say('SD Card Free Size?')]).toEqual(['R+0004', 'R+0000 0MB']);
  });
});

describe('DRD', () => {
  it('needs an Lp interval of 100 ms in Auto mode', () => {
    const bench = new Bench();
    expect(execute(bench.meter, 'DRD?', START, { reset: true, spaceAfterComma: false }).stream).toBe('drd');
    bench.say('Lp Store Interval,1s');
    expect(bench.say('DRD?')).toBe('R+0004');
    bench.say('Store Mode,Manual');
    expect(bench.say('DRD?status')).toBe('R+0000');
  });
});

describe('the clock', () => {
  it('goes on from where it was set, drifting', () => {
    const bench = new Bench();
    bench.meter.clock.disturb(3_600_000, 86_400, bench.nowMs);
    expect(bench.say('Clock?')).toBe('R+0000 2026/03/04 06:06:07');
    bench.nowMs += 1_000_000;
    expect(bench.meter.clock.naiveMsAt(bench.nowMs) - bench.nowMs).toBeCloseTo(3_601_000, 3);
    bench.say('Clock,2026/01/01 00:00:00');
    expect(bench.say('Clock?')).toBe('R+0000 2026/01/01 00:00:00');
  });
});

describe('every command of the product', () => {
  /** What this meter rightly refuses: the first three are of the NL-42, and without the octave option there is no DLC. */
  const REFUSED = ['Measurement Start Time?', 'Measurement Stop Time?', 'Measurement Elapsed Time?', 'DLC?'];

  it('is known to the simulated meter, and what it answers fits', () => {
    const bench = new Bench({ measuring: true });
    bench.pass(60);
    const misfits = METER_COMMANDS.flatMap((command) => {
      if (command.request === undefined || command.request.stream === true) return [];
      const said = bench.say(`${command.name}?`);
      const fits = said.startsWith('R+0000 ') && checkAnswer(command, said.slice('R+0000 '.length)).kind !== 'failure';
      return fits ? [] : [`${command.name}?`];
    });
    expect(misfits).toEqual(REFUSED);
  });

  it('is known in its setting form as well: whatever is wrong with the argument, the command is not', () => {
    const bench = new Bench();
    const strangers = METER_COMMANDS.filter(({ setting }) => setting !== undefined && setting.kind !== 'none')
      .map(({ name }) => `${name},x`)
      .filter((line) => ['R+0001', 'R+0003'].includes(bench.say(line)));
    expect(strangers).toEqual([]);
  });
});
