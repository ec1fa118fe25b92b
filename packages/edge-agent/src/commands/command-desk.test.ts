import { type Command, OPERATIONS, replySchema, type UnitState } from '@slmm/protocol';
import { createLogger, FakeClock, toInstant } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import type { SlotHold } from '../acquisition/slot-hold.ts';
import { Evidence } from '../diagnosis/evidence.ts';
import type { Look } from '../diagnosis/link-health.ts';
import type { Outcome } from '../meter-session/exchange.ts';
import { CommandDesk, KNOWN_OPERATIONS } from './command-desk.ts';
import { CommandMemory } from './command-memory.ts';
import type { MeterDesk, StreamHold } from './meter-desk.ts';

const answered = (value: string | null): Outcome => ({ kind: 'answered', value, sentAtMs: 0, endAtMs: 0 });

const STATE: UnitState = {
  link: 'standby',
  cause: null,
  since: toInstant(0),
  last_ok: null,
  reachable: false,
  failures: 0,
  reason: null,
  run: 'unknown',
  run_since: null,
  run_since_basis: null,
  run_ordered: null,
  paused: null,
  owner: null,
  acquisition: 'dod',
  battery: null,
  power: null,
  sd_free_mb: null,
  garbled: 0,
};

/** A desk that notes what was sent and answers from a table; what is not in the table is R+0001. */
class NotingDesk implements MeterDesk {
  readonly holds: Partial<SlotHold>[] = [];

  changeHold(change: Partial<SlotHold>): Promise<void> {
    this.holds.push(change);
    return Promise.resolve();
  }

  claim(): Promise<void> {
    return Promise.resolve();
  }

  readonly evidence = new Evidence();
  ftpPort: Look | null = 'open';
  relay = { ok: true, detail: 'done' };
  readonly relayed: boolean[] = [];
  note = (): void => undefined;
  oweFtp = (): Promise<void> => Promise.resolve();
  holdStream = (): StreamHold => ({ restMs: 0, release: () => undefined });

  reason: string | null = null;

  get state(): UnitState {
    return { ...STATE, reason: this.reason };
  }

  look(): Promise<Look | null> {
    return Promise.resolve(this.ftpPort);
  }

  powerCycle(whileMeasuring: boolean): Promise<{ ok: boolean; detail: string }> {
    this.relayed.push(whileMeasuring);
    return Promise.resolve(this.relay);
  }

  readonly sent: string[] = [];
  readonly told: string[] = [];
  readonly answers: Record<string, Outcome | Outcome[]>;
  isEnabled = true;
  isHeld = true;
  run = 'Stop' as const;
  logLines = (): [] => [];
  settingsRead = (): never => {
    throw new Error('not asked for here');
  };
  card = null;
  clockOffsetS: number | null = null;
  unreachableReason: string | null = null;

  constructor(answers: Record<string, Outcome | Outcome[]>) {
    this.answers = answers;
  }

  nowMs(): number {
    return Date.UTC(2026, 10, 23, 6, 41, 5);
  }

  lastRead(): string | null {
    return null;
  }

  request(name: string): Promise<Outcome> {
    return this.#answer(`${name}?`);
  }

  set(name: string, argument: string): Promise<Outcome> {
    return this.#answer(argument === '' ? name : `${name},${argument}`);
  }

  commandTold(text: string): void {
    this.told.push(text);
  }

  #answer(line: string): Promise<Outcome> {
    this.sent.push(line);
    const answer = this.answers[line];
    const outcome = Array.isArray(answer) ? answer.shift() : answer;
    return Promise.resolve(outcome ?? { kind: 'refused-by-meter', code: '0001' });
  }
}

function bench(answers: Record<string, Outcome | Outcome[]> = {}) {
  const clock = new FakeClock();
  const desk = new NotingDesk(answers);
  const commands = new CommandDesk({
    clock,
    log: createLogger('test', 'silent'),
    deskOf: (unit) => (unit === 'NL43-01' ? desk : null),
    standby: () => Promise.resolve(1),
    transfers: null,
    memory: CommandMemory.forgetful(clock, createLogger('test', 'silent')),
  });
  let count = 0;
  const command = (op: string, args: Command['args'] = {}, change: Partial<Command> = {}): Command => ({
    id: `command-${++count}`,
    unit: 'NL43-01',
    op,
    args,
    by: 'test',
    expires_at: toInstant(clock.nowMs() + 10_000),
    ...change,
  });
  const run = async (op: string, args: Command['args'] = {}, change: Partial<Command> = {}) => {
    const reply = await commands.execute(command(op, args, change), () => undefined);
    expect(replySchema.safeParse(reply).success).toBe(true);
    return reply;
  };
  return { clock, desk, run };
}

const failed = (code: string) => ({ ok: false, error: { code } });

describe('commands', () => {
  it('are those of the contract, all of them and no others', () => {
    expect([...KNOWN_OPERATIONS].sort()).toEqual(Object.keys(OPERATIONS).sort());
  });

  it('start a measurement and wait until the meter says so', async () => {
    const { desk, run } = bench({ 'Measure,Start': answered(null), 'Measure?': [answered('Stop'), answered('Start')] });
    expect(await run('measure-start')).toMatchObject({ ok: true, result: { run: 'Start', confirmed: true } });
    expect(desk.sent).toEqual(['Measure,Start', 'Measure?', 'Measure?']);
    expect(desk.told).toEqual(['The meter was told: Measure,Start']);
  });

  it('say so when the meter takes the order and does not follow it', async () => {
    const { run } = bench({ 'Measure,Stop': answered(null), 'Measure?': answered('Start') });
    expect(await run('measure-stop')).toMatchObject(failed('failed'));
  });

  it('carry the result code of the meter and a sentence', async () => {
    const { run } = bench({ 'Measure,Stop': { kind: 'refused-by-meter', code: '0004' } });
    expect(await run('measure-stop')).toMatchObject({
      ok: false,
      error: {
        code: 'refused-by-meter',
        result_code: '0004',
        message: 'Measure,Stop: the meter cannot do this in its present state (R+0004).',
      },
    });
  });

  it.each<[string, Command['args'], string[], unknown]>([
    ['clock-get', {}, ['Clock?'], { clock: '2026/11/23 07:41:05', offset_s: 3601 }],
    ['battery-get', {}, ['Battery Level?'], { battery: 'Full' }],
    ['frequency-weighting-get', { channel: 'Sub1' }, ['Frequency Weighting (Sub1)?'], { channel: 'Sub1', weighting: 'C' }],
    ['frequency-weighting-set', { weighting: 'A' }, ['Frequency Weighting (Main),A'], { set: 'A', before: null }],
    ['time-weighting-set', { channel: 'Main', weighting: 'S' }, ['Time Weighting (Main),S'], { set: 'S', before: null }],
    ['store-name-set', { name: 42 }, ['Store Name,0042'], { set: '0042', before: null }],
    ['store-name-set', { name: '0042' }, ['Store Name,0042'], { set: '0042', before: null }],
    ['overwrite-get', {}, ['Overwrite?'], { overwrite: 'Exist', exists: true }],
    ['measurement-time-set', { preset: '10m' }, ['Measurement Time Preset Manual,10m'], { set: '10m', before: null }],
    ['lp-interval-set', { preset: '100ms' }, ['Lp Store Interval,100ms'], { set: '100ms', before: null }],
    ['ftp-on', {}, ['FTP,On'], { on: true }],
    ['sleep-status', {}, ['Sleep Mode?'], { on: false }],
    ['measure-pause', {}, ['Pause,On'], { paused: true }],
    ['manual-store', {}, ['Manual Store,Start'], { stored: true }],
    ['percentile-set', { number: 1, percent: 1.5 }, ['Percentile 1,1.5'], { set: '1.5', before: null }],
  ])('%s sends what it says: %#', async (op, args, sent, result) => {
    const { desk, run } = bench({
      'Clock?': answered('2026/11/23 07:41:05'),
      'Battery Level?': answered('Full'),
      'Frequency Weighting (Sub1)?': answered('C'),
      'Overwrite?': answered('Exist'),
      'Sleep Mode?': answered('Off'),
      ...Object.fromEntries(
        [
          'Frequency Weighting (Main),A',
          'Time Weighting (Main),S',
          'Store Name,0042',
          'Measurement Time Preset Manual,10m',
          'Lp Store Interval,100ms',
          'FTP,On',
          'Pause,On',
          'Manual Store,Start',
          'Percentile 1,1.5',
        ].map((line) => [line, answered(null)]),
      ),
    });
    expect(await run(op, args)).toMatchObject({ ok: true, result });
    expect(desk.sent).toEqual(sent);
  });

  it('set the clock of a meter that does not measure, and of no other', async () => {
    const clock = '2026/11/23 06:41:05';
    const stopped = bench({ 'Measure?': answered('Stop'), [`Clock,${clock}`]: answered(null) });
    expect(await stopped.run('clock-set', { clock })).toMatchObject({ ok: true });
    const measuring = bench({ 'Measure?': answered('Start') });
    expect(await measuring.run('clock-set', { clock })).toMatchObject(failed('failed'));
    expect(measuring.desk.sent).toEqual(['Measure?']);
  });

  it('read the clock they are to set, whatever is remembered of it, and do not set it of a meter that measures', async () => {
    const { desk, run } = bench({
      // The desk's own time is 06:41:05; the meter is an hour and 20 s ahead.
      'Clock?': answered('2026/11/23 07:41:25'),
      'Measure?': [answered('Stop'), answered('Start'), answered('Start')],
      'Clock,2026/11/23 07:41:06': answered(null),
      'Store Name?': answered('0007'),
      'Overwrite?': answered('None'),
      'Measure,Start': answered(null),
    });
    desk.clockOffsetS = -7200;
    expect(await run('cycle-start')).toMatchObject({ ok: true, result: { clock: '2026/11/23 07:41:06', new_index: 7 } });
    expect(desk.sent.slice(0, 3)).toEqual(['Clock?', 'Measure?', 'Clock,2026/11/23 07:41:06']);
    expect(await run('cycle-start')).toMatchObject(failed('failed'));
    expect(desk.sent.filter((line) => line.startsWith('Clock,'))).toHaveLength(1);
  });

  it('leave the clock alone where the edge itself has no time of day', async () => {
    const { desk, run } = bench({
      'Measure?': [answered('Stop'), answered('Start')],
      'Store Name?': answered('0007'),
      'Overwrite?': answered('None'),
      'Measure,Start': answered(null),
    });
    desk.nowMs = () => 60_000;
    expect(await run('cycle-start')).toMatchObject({ ok: true, result: { clock_synced: false, clock: null, started: true } });
    expect(desk.sent.filter((line) => line.startsWith('Clock'))).toEqual([]);
  });

  it('set a clock that has lost its date to UTC, for that is no zone', async () => {
    const { desk, run } = bench({ 'Clock?': answered('2019/01/01 00:00:12'), 'Measure?': answered('Stop') });
    await run('cycle-start');
    expect(desk.sent[2]).toBe('Clock,2026/11/23 06:41:06');
  });

  it.each<[string, Outcome, string[]]>([
    ['is refused leaves the store name as it was', { kind: 'refused-by-meter', code: '0004' }, ['Store Name,0007']],
    ['may have been carried out keeps its store name', { kind: 'failed', cause: 'timeout', detail: 'no answer' }, []],
  ])('a start that %s', async (_what, outcome, after) => {
    const { desk, run } = bench({
      'Measure?': answered('Stop'),
      'Store Name?': answered('0007'),
      'Overwrite?': [answered('Exist'), answered('None')],
      'Store Name,0008': answered(null),
      'Store Name,0007': answered(null),
      'Measure,Start': outcome,
    });
    expect(await run('cycle-start', { sync_clock: false })).toMatchObject({ ok: false });
    expect(desk.sent.slice(desk.sent.indexOf('Measure,Start') + 1)).toEqual(after);
  });

  it('say that the edge stands by when they take a meter back that stays left alone for that', async () => {
    const { desk, run } = bench();
    desk.isHeld = false;
    desk.reason = 'The whole edge stands by.';
    expect(await run('activate')).toMatchObject({
      ok: false,
      error: { code: 'disabled', message: expect.stringContaining('The whole edge stands by.') },
    });
  });

  it.each<[string, Command['args']]>([
    ['frequency-weighting-get', { channel: 'Main)?\r\nMeasure,Stop' }],
    ['frequency-weighting-set', { weighting: 'A\r\nMeasure,Stop' }],
    ['frequency-weighting-set', { weighting: 'Q' }],
    ['store-name-set', { name: '1\r\nMeasure,Stop' }],
    ['store-name-set', { name: 10_000 }],
    ['clock-set', { clock: '2026/11/23,06:41:05' }],
    ['lp-interval-set', { preset: 'On$' }],
    ['percentile-set', { number: 6, percent: 5 }],
    ['percentile-set', { number: 1, percent: 5.123 }],
    ['measure-start', { force: true }],
    ['measurement-time-set', { preset: '10m', mode: 'Manual,x' }],
  ])('never let an argument outside the grammar reach the meter: %s %#', async (op, args) => {
    const { desk, run } = bench({ 'Measure?': answered('Stop') });
    expect(await run(op, args)).toMatchObject(failed('bad-args'));
    expect(desk.sent).toEqual([]);
  });

  it('refuse what has expired and what is repeated, and never do it', async () => {
    const { clock, desk, run } = bench({ 'FTP,On': answered(null) });
    expect(await run('ftp-on', {}, { expires_at: toInstant(clock.nowMs()) })).toMatchObject(failed('expired'));
    expect(await run('ftp-on', {}, { id: 'the-same-id' })).toMatchObject({ ok: true });
    expect(await run('ftp-on', {}, { id: 'the-same-id' })).toMatchObject(failed('repeated'));
    expect(desk.sent).toEqual(['FTP,On']);
  });

  it.each<[string, Partial<Command>, string]>([
    ['ftp-explode', {}, 'unknown-op'],
    ['ftp-on', { unit: null }, 'bad-args'],
    ['ftp-on', { unit: 'NL43-99' }, 'unknown-unit'],
  ])('refuse %s %#', async (op, change, code) => {
    expect(await bench().run(op, {}, change)).toMatchObject(failed(code));
  });

  it('hand the relay a person asks for on, and say why it was not used', async () => {
    const { desk, run } = bench();
    expect(await run('power-cycle', { while_measuring: true })).toMatchObject({ ok: true, result: { detail: 'done' } });
    desk.relay = { ok: false, detail: 'it was used just now' };
    expect(await run('power-cycle')).toMatchObject({ ok: false, error: { code: 'failed', message: 'it was used just now' } });
    expect(desk.relayed).toEqual([true, false]);
  });

  it('leave the meter of a disabled unit alone', async () => {
    const { desk, run } = bench();
    desk.isEnabled = false;
    expect(await run('ftp-on')).toMatchObject(failed('disabled'));
    expect(desk.sent).toEqual([]);
  });

  it.each<[Outcome, string]>([
    [{ kind: 'failed', cause: 'timeout', detail: 'no answer' }, 'timeout'],
    [{ kind: 'failed', cause: 'garbled', detail: 'bad line' }, 'garbled'],
    [{ kind: 'failed', cause: 'closed', detail: 'closed' }, 'unreachable'],
    [{ kind: 'not-sent', cause: 'refused', detail: 'no way' }, 'unreachable'],
    [{ kind: 'not-sent', cause: 'timeout', detail: 'it is silent' }, 'timeout'],
    [{ kind: 'not-sent', cause: 'busy', detail: 'full' }, 'busy'],
    [{ kind: 'not-sent', cause: 'late', detail: 'it had others to answer' }, 'busy'],
    [{ kind: 'not-sent', cause: 'off', detail: 'given away' }, 'disabled'],
  ])('say what went wrong on the way: %#', async (outcome, code) => {
    expect(await bench({ 'FTP,On': outcome }).run('ftp-on')).toMatchObject(failed(code));
  });
});
