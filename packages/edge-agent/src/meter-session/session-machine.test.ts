import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exchange } from './exchange.ts';
import { type ScriptedMeter, SessionDriver, type Wire } from './session-driver.ts';
import { MAX_WAITING_EXCHANGES, METER_TIMING } from './session-timing.ts';

const GREETING: Exchange = {
  id: 0,
  line: 'Echo,Off',
  answer: 'code',
  check: (line) => ({ kind: 'answer', value: line }),
  lane: 'user',
  retry: false,
  giveUpAtMs: Infinity,
};

/** A request whose answer names the request it belongs to, so that a stale answer shows. */
function request(id: number, change: Partial<Exchange> = {}): Exchange {
  return {
    id,
    line: `Ask ${id}?`,
    answer: 'code-and-line',
    check: (line) =>
      /^Answer \d+$/.test(line)
        ? { kind: 'answer', value: line }
        : { kind: 'failure', reason: 'bad-answer', detail: `got ${line}`, raw: line },
    lane: 'user',
    retry: false,
    giveUpAtMs: Infinity,
    ...change,
  };
}

const setting = (id: number, change: Partial<Exchange> = {}): Exchange =>
  request(id, { line: `Set ${id},On`, answer: 'code', ...change });

const idOf = (line: string): number => Number(/\d+/.exec(line)?.[0] ?? 0);
const goodAnswer = (line: string): string => (line.endsWith('?') ? `R+0000\r\nAnswer ${idOf(line)}\r\n$` : 'R+0000\r\n$');

/** A meter that answers well, except where a line has a script of its own. */
function meter(scripts: Record<string, (wire: Wire, time: number) => void> = {}): ScriptedMeter {
  const times = new Map<string, number>();
  return {
    connecting: (wire) => wire.accept(10),
    command: (line, wire) => {
      const time = (times.get(line) ?? 0) + 1;
      times.set(line, time);
      const script = scripts[line];
      if (script === undefined) wire.bytes(100, goodAnswer(line));
      else script(wire, time);
    },
  };
}

function start(scripts: Parameters<typeof meter>[0] = {}, options: Partial<ScriptedMeter> = {}): SessionDriver {
  const driver = new SessionDriver({ timing: METER_TIMING, greeting: GREETING }, { ...meter(scripts), ...options });
  driver.input({ kind: 'open' });
  return driver;
}

const lines = (driver: SessionDriver): string[] => driver.sent.map((one) => `${one.atMs}: ${one.line}`);
const connections = (driver: SessionDriver): number => driver.log.filter((effect) => effect.kind === 'connect').length;

describe('the session', () => {
  it('greets first on every connection, then asks in order with a second of rest between', () => {
    const driver = start();
    driver.enqueue(request(1));
    driver.enqueue(setting(2));
    driver.run(5000);
    expect(lines(driver)).toEqual(['10: Echo,Off', '1120: Ask 1?', '2230: Set 2,On']);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'answered', value: 'Answer 1' });
    expect(driver.outcomes.get(2)).toMatchObject({ kind: 'answered', value: null });
  });

  it('lets a user command go before a poll and offers the meter when nobody waits', () => {
    const driver = start();
    let polled = 10;
    driver.onFree = () => driver.enqueue(request(polled++, { lane: 'poll' }));
    driver.at(1200, () => driver.enqueue(request(1)));
    driver.run(3500);
    expect(lines(driver)).toEqual(['10: Echo,Off', '1120: Ask 10?', '2230: Ask 1?', '3340: Ask 11?']);
  });

  it('lets polling have every fourth turn while users ask without end, and goes on with them when nothing is due', () => {
    const driver = start();
    let [asked, polled, isDue] = [1, 100, true];
    driver.onFree = () => {
      if (isDue) driver.enqueue(request(polled++, { lane: 'poll' }));
    };
    for (let atMs = 1200; atMs < 30_000; atMs += 100)
      driver.at(atMs, () => {
        if (driver.state.waiting.length < 2) driver.enqueue(request(asked++));
      });
    driver.run(10_000);
    const kinds = driver.sent.slice(1).map(({ line }) => (line.length > 'Ask 99?'.length ? 'poll' : 'user'));
    expect(kinds.join(' ')).toBe('poll user user user poll user user user poll');
    isDue = false;
    const before = driver.sent.length;
    driver.run(20_000);
    expect(driver.sent.length - before).toBe(9);
    expect(polled).toBe(103);
  });

  it('sends a poll that comes while the meter is free at once, and gives back one that comes too early', () => {
    const driver = start();
    driver.run(5000);
    driver.enqueue(request(1, { lane: 'poll' }));
    driver.enqueue(request(2, { lane: 'poll' }));
    expect(driver.sent.at(-1)?.line).toBe('Ask 1?');
    expect(driver.outcomes.get(2)).toMatchObject({ kind: 'not-sent', cause: 'late' });
  });

  it.each(['0001', '0002', '0003', '0004'])('takes R+%s for a value and keeps the socket', (code) => {
    const driver = start({ 'Ask 1?': (wire) => wire.bytes(50, `R+${code}\r\n$`) });
    driver.enqueue(request(1));
    driver.enqueue(request(2));
    driver.run(5000);
    expect(driver.outcomes.get(1)).toEqual({ kind: 'refused-by-meter', code });
    expect(driver.outcomes.get(2)).toMatchObject({ kind: 'answered', value: 'Answer 2' });
    expect(connections(driver)).toBe(1);
  });

  it('counts a meter for unreachable that takes the greeting and hangs up at every question', () => {
    const hangUp = (line: string, wire: Wire): void => (line === GREETING.line ? wire.bytes(20, 'R+0000\r\n$') : wire.hangUp(20));
    const scripted = new SessionDriver(
      { timing: METER_TIMING, greeting: GREETING },
      { connecting: (wire) => wire.accept(10), command: hangUp },
    );
    scripted.input({ kind: 'open' });
    let polled = 10;
    scripted.onFree = () => scripted.enqueue(request(polled++, { lane: 'poll' }));
    scripted.at(12_000, () => scripted.enqueue(request(1, { retry: true })));
    scripted.run(14_000);
    expect(scripted.state.failures).toBeGreaterThanOrEqual(METER_TIMING.unreachableAfter);
    expect(scripted.outcomes.get(1)).toMatchObject({ cause: 'closed' });
    expect(scripted.log.filter((effect) => effect.kind === 'good')).toEqual([]);
  });

  it('counts a connection once on which something else than a meter answers and hangs up', () => {
    const driver = new SessionDriver(
      { timing: METER_TIMING, greeting: GREETING },
      {
        connecting: (wire) => wire.accept(10),
        command: (_line, wire) => {
          wire.bytes(20, 'HTTP/1.1 400 Bad Request\r\n');
          wire.hangUp(25);
        },
      },
    );
    driver.input({ kind: 'open' });
    driver.run(60_000);
    const causes = driver.log.flatMap((effect) => (effect.kind === 'failure' ? [effect.cause] : []));
    expect([causes.length, new Set(causes)]).toEqual([connections(driver), new Set(['garbled'])]);
  });

  it('gives a command back at once when the next connection comes too late for it', () => {
    const driver = start({}, { connecting: (wire) => wire.refuse(10) });
    driver.run(20_000);
    const { phase } = driver.state;
    const untilMs = phase.name === 'waiting' ? phase.untilMs : 0;
    expect(untilMs).toBeGreaterThan(driver.nowMs + 2);
    const patient = { ...driver.state, failures: 1 };
    driver.state = patient;
    driver.enqueue(request(1, { giveUpAtMs: untilMs - 1 }));
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'not-sent', cause: 'refused' });
    driver.enqueue(request(2, { giveUpAtMs: untilMs + 5_000 }));
    expect(driver.outcomes.get(2)).toBeUndefined();
  });

  it('skips the echo of the command', () => {
    const driver = start({ 'Echo,Off': (wire) => wire.bytes(50, 'Echo,Off\r\nR+0000\r\n$') });
    driver.enqueue(request(1));
    driver.run(3000);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'answered' });
  });

  it('takes no notice of empty lines', () => {
    const driver = start({ 'Ask 1?': (wire) => wire.bytes(50, '\r\nR+0000\r\n\r\nAnswer 1\r\n$\r\n') });
    driver.enqueue(request(1));
    driver.enqueue(request(2));
    driver.run(5000);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'answered', value: 'Answer 1' });
    expect(driver.outcomes.get(2)).toMatchObject({ kind: 'answered', value: 'Answer 2' });
    expect(driver.log.some((effect) => effect.kind === 'failure' || effect.kind === 'noise')).toBe(false);
  });

  it('rests a second after a prompt that comes late, but not for ever', () => {
    const driver = start({
      'Ask 1?': (wire) => {
        wire.bytes(100, 'R+0000\r\nAnswer 1\r\n');
        for (let late = 600; late < 20_000; late += 500) wire.bytes(late, '$');
      },
    });
    driver.enqueue(request(1));
    driver.enqueue(request(2));
    driver.run(10_000);
    const [, first, second] = driver.sent;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0) - 100).toBe(METER_TIMING.latestPromptMs);
  });

  it('never gives a late answer to the next command: waits for it, then goes on over the same connection', () => {
    const driver = start({ 'Ask 1?': (wire) => wire.bytes(5500, goodAnswer('Ask 1?')) });
    driver.enqueue(request(1));
    driver.enqueue(request(2));
    driver.run(12_000);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'failed', cause: 'timeout' });
    expect(driver.outcomes.get(2)).toMatchObject({ kind: 'answered', value: 'Answer 2' });
    expect(connections(driver)).toBe(1);
  });

  it('opens a new connection when an answer never comes', () => {
    const driver = start({ 'Ask 1?': () => undefined });
    driver.enqueue(request(1));
    driver.enqueue(request(2));
    driver.run(15_000);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'failed', cause: 'timeout' });
    expect(driver.outcomes.get(2)).toMatchObject({ kind: 'answered', value: 'Answer 2' });
    expect(connections(driver)).toBe(2);
    expect(driver.mostSockets).toBe(1);
  });

  it('asks a request again once after a garbled answer, and no more', () => {
    const driver = start({ 'Ask 1?': (wire) => wire.bytes(50, 'R+0000\r\nAns%er\r\n$') });
    driver.enqueue(request(1, { retry: true }));
    driver.run(10_000);
    expect(driver.sent.filter((one) => one.line === 'Ask 1?')).toHaveLength(2);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'failed', cause: 'garbled' });
    expect(connections(driver)).toBe(1);
  });

  it('never sends a setting twice', () => {
    const driver = start({ 'Set 1,On': () => undefined });
    driver.enqueue(setting(1));
    driver.run(30_000);
    expect(driver.sent.filter((one) => one.line === 'Set 1,On')).toHaveLength(1);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'failed', cause: 'timeout' });
  });

  it('drains what nobody asked for before the next command', () => {
    const driver = start();
    driver.run(3000);
    driver.input({ kind: 'line', text: 'R+0000' });
    driver.enqueue(request(1));
    driver.run(3900);
    expect(driver.sent.at(-1)?.line).toBe('Echo,Off');
    driver.run(5000);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'answered', value: 'Answer 1' });
    expect(driver.log).toContainEqual({ kind: 'noise', text: 'R+0000' });
  });

  it('backs off between 1 and 60 s while the meter refuses, and gives waiting commands back from the third failure', () => {
    const driver = start({}, { connecting: (wire) => wire.refuse(1) });
    driver.enqueue(request(1));
    const attempts: number[] = [];
    for (let seconds = 0; seconds < 600; seconds += 1) {
      const before = connections(driver);
      driver.run(seconds * 1000);
      if (connections(driver) > before) attempts.push(seconds);
    }
    const gaps = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(61);
    expect(gaps.slice(-3).every((gap) => gap >= 29)).toBe(true);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'not-sent', cause: 'refused' });
    driver.enqueue(request(2));
    expect(driver.outcomes.get(2)).toMatchObject({ kind: 'not-sent', cause: 'refused' });
  });

  it('holds a bounded number of waiting commands and says so', () => {
    const driver = start({}, { connecting: () => undefined });
    for (let id = 1; id <= MAX_WAITING_EXCHANGES + 1; id += 1) driver.enqueue(request(id));
    expect(driver.state.waiting).toHaveLength(MAX_WAITING_EXCHANGES);
    expect(driver.outcomes.get(MAX_WAITING_EXCHANGES + 1)).toMatchObject({ kind: 'not-sent', cause: 'busy' });
  });

  it('gives back a command that has had no turn in time', () => {
    const driver = start({ 'Ask 1?': () => undefined });
    driver.enqueue(request(1));
    driver.enqueue(request(2, { giveUpAtMs: 4000 }));
    driver.run(4001);
    expect(driver.outcomes.get(2)).toMatchObject({ kind: 'not-sent' });
  });

  it('gives the slot away: tells everybody, closes, and stays off until it is wanted again', () => {
    const driver = start({ 'Ask 1?': () => undefined });
    driver.enqueue(request(1));
    driver.enqueue(request(2));
    driver.run(2000);
    driver.input({ kind: 'close' });
    driver.run(60_000);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'failed', cause: 'closed' });
    expect(driver.outcomes.get(2)).toMatchObject({ kind: 'not-sent', cause: 'off' });
    expect([connections(driver), driver.state.phase.name]).toEqual([1, 'off']);
    driver.input({ kind: 'open' });
    driver.run(61_000);
    expect(connections(driver)).toBe(2);
  });
});

/** How the meter treats one command. */
interface Treatment {
  readonly delayMs: number;
  /** Pauses between pieces of this many bytes. */
  readonly piece: number;
  readonly pauseMs: number;
  readonly lose: 'nothing' | 'first' | 'second' | 'all';
  readonly garble: 'nothing' | 'first' | 'second';
  readonly isRefused: boolean;
  readonly promptMs: number | null;
  readonly hangUpMs: number | null;
}

const treatment: fc.Arbitrary<Treatment> = fc.record({
  delayMs: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 600 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 12_000 }) },
  ),
  piece: fc.integer({ min: 1, max: 40 }),
  pauseMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 3000 }) }),
  lose: fc.oneof(
    { weight: 8, arbitrary: fc.constant('nothing' as const) },
    fc.constantFrom('first' as const, 'second' as const, 'all' as const),
  ),
  garble: fc.oneof(
    { weight: 8, arbitrary: fc.constant('nothing' as const) },
    fc.constantFrom('first' as const, 'second' as const),
  ),
  isRefused: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
  promptMs: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 900 })),
  hangUpMs: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, fc.integer({ min: 0, max: 3000 })),
});

const connecting = fc.oneof(
  { weight: 4, arbitrary: fc.constant('accept' as const) },
  fc.constantFrom('refuse' as const, 'silent' as const),
);

/** A meter that misbehaves as told, then well; it keeps the instants that the rules are about. */
class UnrulyMeter implements ScriptedMeter {
  readonly #treatments: Treatment[];
  readonly #connecting: ('accept' | 'refuse' | 'silent')[];
  readonly breaches: string[] = [];
  driver: SessionDriver | null = null;
  #lastByteMs = -Infinity;

  constructor(treatments: readonly Treatment[], connects: readonly ('accept' | 'refuse' | 'silent')[]) {
    this.#treatments = [...treatments];
    this.#connecting = [...connects];
  }

  connecting(wire: Wire): void {
    const how = this.#connecting.shift() ?? 'accept';
    if (how === 'accept') wire.accept(3);
    else if (how === 'refuse') wire.refuse(3);
  }

  command(line: string, wire: Wire): void {
    const nowMs = this.driver?.nowMs ?? 0;
    if (this.driver?.answersUnderWay === true) this.breaches.push(`${line} was sent while an answer was under way`);
    if (nowMs - this.#lastByteMs < 1000) this.breaches.push(`${line} was sent ${nowMs - this.#lastByteMs} ms after an answer`);
    const how = this.#treatments.shift();
    if (how === undefined) this.#say(wire, 50, goodAnswer(line));
    else this.#misbehave(line, how, wire);
  }

  #misbehave(line: string, how: Treatment, wire: Wire): void {
    const whole = how.isRefused ? ['R+0004'] : goodAnswer(line).replace('$', '').trimEnd().split('\r\n');
    const answer = whole.flatMap((text, index) => {
      const which = index === 0 ? 'first' : 'second';
      if (how.lose === which || how.lose === 'all') return [];
      return [how.garble === which ? text.replace(/[RA]/, '#') : text];
    });
    const text = answer.map((one) => `${one}\r\n`).join('');
    let afterMs = how.delayMs;
    for (let from = 0; from < text.length; from += how.piece) {
      if (from > 0) afterMs += how.pauseMs;
      this.#say(wire, afterMs, text.slice(from, from + how.piece));
    }
    if (how.promptMs !== null) this.#say(wire, afterMs + how.promptMs, '$');
    if (how.hangUpMs !== null) wire.hangUp(how.hangUpMs);
  }

  #say(wire: Wire, afterMs: number, text: string): void {
    const { driver } = this;
    const connection = driver?.sent.at(-1)?.connection;
    const atMs = (driver?.nowMs ?? 0) + afterMs;
    wire.bytes(afterMs, text);
    // Noted when it is said, for only what has been said on a living connection counts.
    driver?.at(atMs, () => {
      if (driver.living === connection && text !== '$') this.#lastByteMs = atMs;
    });
  }
}

const asking = fc.record({
  afterMs: fc.integer({ min: 0, max: 4000 }),
  kind: fc.constantFrom('request', 'setting'),
  retry: fc.boolean(),
});

describe('the session, whatever the meter does', () => {
  it('never has two commands in flight, never hurries, never gives an answer to the wrong command, and answers everybody once', () => {
    fc.assert(
      fc.property(
        fc.array(treatment, { maxLength: 25 }),
        fc.array(connecting, { maxLength: 6 }),
        fc.array(asking, { minLength: 1, maxLength: 25 }),
        (treatments, connects, askings) => {
          const unruly = new UnrulyMeter(treatments, connects);
          const driver = new SessionDriver({ timing: METER_TIMING, greeting: GREETING }, unruly);
          unruly.driver = driver;
          driver.input({ kind: 'open' });
          let id = 1000;
          driver.onFree = () => driver.enqueue(request(id++, { lane: 'poll' }));
          let atMs = 0;
          for (const [index, { afterMs, kind, retry }] of askings.entries()) {
            atMs += afterMs;
            const own = index + 1;
            driver.at(atMs, () => {
              driver.enqueue(kind === 'setting' ? setting(own) : request(own, { retry }));
              if (driver.state.waiting.length > MAX_WAITING_EXCHANGES + 1)
                unruly.breaches.push('the queue has outgrown its bound');
            });
          }
          driver.run(atMs + 400_000);
          expect(unruly.breaches).toEqual([]);
          expect(driver.mostSockets).toBeLessThanOrEqual(1);
          for (let own = 1; own <= askings.length; own += 1) expect(driver.outcomes.has(own)).toBe(true);
          for (const [own, outcome] of driver.outcomes) {
            if (outcome.kind === 'answered' && outcome.value !== null) expect(outcome.value).toBe(`Answer ${own}`);
          }
          const settings = driver.sent.map((one) => one.line).filter((line) => line.startsWith('Set'));
          expect(new Set(settings).size).toBe(settings.length);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a stream', () => {
  const stream = (id: number): Exchange =>
    request(id, { line: 'DRD?', answer: 'stream', lane: 'poll', check: (line) => ({ kind: 'answer', value: line }) });
  /** A line every 100 ms until SUB, and one more that was under way. */
  const streaming =
    (linesAfterStop = 1) =>
    (): Record<string, (wire: Wire) => void> => {
      let stopped = false;
      return {
        'DRD?': (wire) => {
          wire.bytes(100, 'R+0000\r\n');
          const next = (tick: number): void => {
            if (!stopped) wire.bytes(0, `tick ${tick}\r\n`);
          };
          for (let tick = 1; tick < 300; tick += 1) wire.later(100 + tick * 100, () => next(tick));
        },
        SUB: (wire) => {
          stopped = true;
          for (let tick = 1; tick <= linesAfterStop; tick += 1) wire.bytes(tick * 50, `late ${tick}\r\n`);
          wire.bytes(linesAfterStop * 50 + 20, '$');
        },
      };
    };

  it('gives each line on, is paused by a command, and leaves the meter its rest', () => {
    const driver = start(streaming()());
    let asked = 10;
    driver.onFree = () => driver.enqueue(stream(asked++));
    driver.at(2600, () => driver.enqueue(request(1)));
    driver.run(6000);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'answered', value: 'Answer 1' });
    expect(driver.outcomes.get(10)).toMatchObject({ kind: 'answered', value: null });
    expect(driver.streamed[0]).toBe('tick 1');
    expect(driver.streamed).toContain('late 1');
    const [greeting, first, stop, ask, second] = driver.sent;
    expect([greeting?.line, first?.line, stop?.line, ask?.line, second?.line]).toEqual([
      'Echo,Off',
      'DRD?',
      'SUB',
      'Ask 1?',
      'DRD?',
    ]);
    // From the last byte after SUB.
    expect((ask?.atMs ?? 0) - (stop?.atMs ?? 0)).toBeGreaterThanOrEqual(METER_TIMING.gapMs + 70);
    expect(connections(driver)).toBe(1);
  });

  it('is ended by a command that came while it began', () => {
    const driver = start(streaming()());
    driver.run(3000);
    driver.enqueue(stream(10));
    driver.run(3010);
    driver.enqueue(request(1));
    driver.run(6000);
    expect(driver.sent.map((one) => one.line).slice(1)).toEqual(['DRD?', 'SUB', 'Ask 1?']);
    expect(driver.outcomes.get(1)).toMatchObject({ kind: 'answered', value: 'Answer 1' });
  });

  it('is ended at once when it was recalled before it had begun', () => {
    const driver = start(streaming()());
    driver.run(3000);
    driver.enqueue(stream(10));
    driver.run(3010);
    driver.input({ kind: 'stop-stream' });
    driver.run(6000);
    expect(driver.sent.map((one) => one.line).slice(1)).toEqual(['DRD?', 'SUB']);
    expect(driver.outcomes.get(10)).toMatchObject({ kind: 'answered', value: null });
    expect(driver.state.phase.name).toBe('ready');
  });

  it('is stopped with SUB before the slot is given away, and the next connection comes no sooner than 5 s', () => {
    const driver = start(streaming(3)());
    driver.onFree = () => driver.enqueue(stream(10));
    driver.at(3000, () => driver.input({ kind: 'close' }));
    driver.at(3500, () => driver.input({ kind: 'open' }));
    driver.run(12_000);
    expect(driver.sent.map((one) => one.line).slice(0, 3)).toEqual(['Echo,Off', 'DRD?', 'SUB']);
    const reconnected = driver.sent.find((one) => one.connection === 2);
    expect(reconnected?.atMs).toBeGreaterThanOrEqual(8000);
    expect(driver.mostSockets).toBe(1);
  });

  it('is a value when the meter refuses it, and the socket stays', () => {
    const driver = start({ 'DRD?': (wire) => wire.bytes(50, 'R+0004\r\n$') });
    driver.run(3000);
    driver.enqueue(stream(1));
    driver.enqueue(request(2));
    driver.run(6000);
    expect(driver.outcomes.get(1)).toEqual({ kind: 'refused-by-meter', code: '0004' });
    expect(driver.outcomes.get(2)).toMatchObject({ kind: 'answered' });
    expect(connections(driver)).toBe(1);
  });

  it('that falls silent is a timeout, stopped with SUB on the same connection', () => {
    const driver = start({
      'DRD?': (wire) => wire.bytes(50, 'R+0000\r\ntick 1\r\n'),
      SUB: (wire) => wire.bytes(20, '$'),
    });
    driver.run(3000);
    driver.enqueue(stream(1));
    driver.run(12_000);
    driver.enqueue(request(2));
    driver.run(20_000);
    expect(driver.sent.map((one) => one.line)).toEqual(['Echo,Off', 'DRD?', 'SUB', 'Ask 2?']);
    expect(driver.log.some((effect) => effect.kind === 'failure' && effect.cause === 'timeout')).toBe(true);
    expect(connections(driver)).toBe(1);
  });

  it('that has not begun in time costs the connection, because it may begin yet and would swallow every command', () => {
    const driver = start({ 'DRD?': () => undefined, SUB: () => undefined });
    driver.run(3000);
    driver.enqueue(stream(1));
    driver.run(12_000);
    driver.enqueue(request(2));
    driver.run(20_000);
    expect(driver.sent.map((one) => `${one.connection}: ${one.line}`)).toEqual([
      '1: Echo,Off',
      '1: DRD?',
      '1: SUB',
      '2: Echo,Off',
      '2: Ask 2?',
    ]);
    const [stop, again] = [driver.sent[2], driver.sent[3]];
    expect((again?.atMs ?? 0) - (stop?.atMs ?? 0)).toBeGreaterThanOrEqual(METER_TIMING.streamReconnectMs);
    expect(driver.mostSockets).toBe(1);
  });

  it('that does not stop costs the connection', () => {
    const driver = start({
      'DRD?': (wire) => {
        wire.bytes(50, 'R+0000\r\n');
        for (let tick = 1; tick < 200; tick += 1) wire.bytes(50 + tick * 100, `tick ${tick}\r\n`);
      },
      SUB: () => undefined,
    });
    driver.run(3000);
    driver.enqueue(stream(1));
    driver.at(4000, () => driver.input({ kind: 'stop-stream' }));
    driver.run(20_000);
    expect(connections(driver)).toBe(2);
    expect(driver.mostSockets).toBe(1);
  });
});
