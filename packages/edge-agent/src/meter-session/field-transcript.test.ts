/**
 * What a real NL-43 answered in the field, played again through codec and session. The recordings are no part of the project; where they are
 * absent these tests are skipped.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkAnswer, type CheckedAnswer, decodeDod, decodeDrd, encodeRequest, encodeSetting, findCommand } from '@slmm/protocol';
import { describe, expect, it } from 'vitest';
import { elapsedSeconds } from '../acquisition/dod-frame.ts';
import type { Exchange, Outcome } from './exchange.ts';
import { SessionDriver } from './session-driver.ts';
import { METER_TIMING } from './session-timing.ts';

const FOLDER = fileURLToPath(new URL('../../../../../shared/data/rion/', import.meta.url));
const isThere = existsSync(FOLDER);
const read = (name: string): unknown => JSON.parse(readFileSync(`${FOLDER}${name}`, 'utf8'));

interface Samples {
  readonly dod: { readonly samples: readonly { readonly line: string }[] };
  readonly drd: { readonly samples: readonly { readonly line: string }[] };
  readonly scalar_answers: Readonly<Record<string, string | readonly string[]>>;
}
interface Transcript {
  readonly transcript: readonly { readonly command: string; readonly rtt_s: number; readonly outcome: string }[];
}

describe.skipIf(!isThere)('lines of a real NL-43 (skipped where ../shared/data/rion is absent)', () => {
  const samples = isThere ? (read('nl43_payload_samples.json') as Samples) : null;

  it('of DOD are readings, whatever stands in them', () => {
    const lines = samples?.dod.samples.map(({ line }) => line) ?? [];
    expect(lines).toHaveLength(2);
    const [ended, idle] = lines.map((line) => decodeDod(line));
    if (ended?.kind !== 'dod' || idle?.kind !== 'dod') throw new Error('a real line was refused');
    // A run of ten seconds is still on the display, and LE - Leq tells that it was ten.
    expect(elapsedSeconds(ended.channels[0])).toBeCloseTo(10, 1);
    expect(ended.channels[0].ln[0]).toBeGreaterThan(ended.channels[0].lmax ?? Infinity);
    expect(idle.channels[0]).toMatchObject({ lp: expect.any(Number), leq: null, le: null, over: false });
  });

  it('of DRD are ticks', () => {
    const ticks = samples?.drd.samples.map(({ line }) => decodeDrd(line)) ?? [];
    expect(ticks).toHaveLength(3);
    for (const tick of ticks) expect(tick).toMatchObject({ kind: 'drd', layout: 'nl43', status: null });
  });

  it('of everything else have the shape of their own command', () => {
    for (const [request, answers] of Object.entries(samples?.scalar_answers ?? {})) {
      const command = findCommand(request.slice(0, -1));
      if (command === null) throw new Error(`there is no command ${request}`);
      for (const answer of [answers].flat())
        expect(checkAnswer(command, answer), request).toMatchObject({ kind: 'answer', value: answer });
    }
  });
});

/** The two lines of a recorded answer, as far as the client of then wrote them down; `null` where none came. */
function recorded(command: string, outcome: string, dod: string): { readonly code: string; readonly line: string | null } | null {
  const codes: Readonly<Record<string, string>> = { 'Command error': '0001', 'Parameter error': '0002', 'Status error': '0004' };
  const code = codes[outcome];
  if (code !== undefined) return { code, line: null };
  if (outcome === 'Connection timeout') return null;
  if (!command.endsWith('?')) return { code: '0000', line: null };
  if (command === 'DOD?' || command === 'DLC?') return { code: '0000', line: dod };
  // What was not written down is made up in the shape that its command has.
  const madeUp: Readonly<Record<string, string>> = { 'Index Number?': '0001' };
  return { code: '0000', line: /: ?(.+)$/.exec(outcome)?.[1] ?? madeUp[command] ?? '10m' };
}

/** What the client sent, as one exchange; those that our own codec would refuse go out as they were. */
function exchangeOf(id: number, line: string): Exchange {
  const isRequest = line.endsWith('?');
  const command = findCommand(line.replace(/[?,].*$/, ''));
  const check = (text: string): CheckedAnswer =>
    command === null ? { kind: 'answer', value: text } : checkAnswer(command, text);
  return { id, line, answer: isRequest ? 'code-and-line' : 'code', check, lane: 'user', retry: false, giveUpAtMs: Infinity };
}

describe.skipIf(!isThere)('two days of a real NL-43 over LTE (skipped where ../shared/data/rion is absent)', () => {
  const { transcript } = isThere ? (read('nl43_field_transcript.json') as Transcript) : { transcript: [] };
  const dod = isThere ? ((read('nl43_payload_samples.json') as Samples).dod.samples[0]?.line ?? '') : '';

  it('go through the session with every answer at the command that it belongs to', () => {
    const answers = transcript.map(({ command, outcome }) => recorded(command, outcome, dod));
    let under = -1;
    const driver: SessionDriver = new SessionDriver(
      { timing: METER_TIMING, greeting: null },
      {
        connecting: (wire) => wire.accept(120),
        command: (line, wire) => {
          const entry = transcript[under];
          const answer = answers[under];
          expect(line).toBe(entry?.command);
          if (entry === undefined || answer === undefined || answer === null) return;
          const text = [`R+${answer.code}`, ...(answer.line === null ? [] : [answer.line])].map((one) => `${one}\r\n`).join('');
          // As the meter does it: the prompt comes a little later, and now and then glued to the next answer.
          wire.bytes(entry.rtt_s * 1000, text);
          if (under % 5 > 0) wire.bytes(entry.rtt_s * 1000 + 30, '$');
        },
      },
    );
    driver.input({ kind: 'open' });
    for (const [index, { command }] of transcript.entries()) {
      under = index;
      driver.enqueue(exchangeOf(index, command));
      driver.run(driver.nowMs + 20_000);
    }
    const kinds = (outcome: Outcome | undefined): string =>
      outcome?.kind === 'refused-by-meter'
        ? outcome.code
        : outcome?.kind === 'failed'
          ? outcome.cause
          : (outcome?.kind ?? 'none');
    const expected = answers.map((answer) => (answer === null ? 'timeout' : answer.code === '0000' ? 'answered' : answer.code));
    expect(transcript.map((_, index) => kinds(driver.outcomes.get(index)))).toEqual(expected);
    for (const [index, answer] of answers.entries()) {
      const outcome = driver.outcomes.get(index);
      if (outcome?.kind === 'answered' && answer?.line !== null && answer !== null) expect(outcome.value).toBe(answer.line);
    }
    expect(driver.mostSockets).toBe(1);
    const gaps = driver.sent.slice(1).map(({ atMs }, index) => atMs - (driver.sent[index]?.atMs ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000);
  });

  it('would have had no refusal for a bad command from this codec', () => {
    const refusedThen = transcript.filter(({ outcome }) => outcome === 'Command error' || outcome === 'Parameter error');
    expect(refusedThen.length).toBeGreaterThan(10);
    for (const { command } of refusedThen) {
      const [name = '', ...args] = command.split(',');
      const encoded = command.endsWith('?') ? encodeRequest(name.slice(0, -1)) : encodeSetting(name, args.join(','));
      expect(encoded.kind, command).toBe('refused');
    }
    const taken = transcript.filter(({ outcome }) =>
      /^(Started|Stopped|FTP |waking|entering|Manual store executed)/.test(outcome),
    );
    for (const { command } of taken) {
      const [name = '', argument = ''] = command.split(',');
      expect(encodeSetting(name, argument), command).toMatchObject({ kind: 'ok', line: command });
    }
  });
});
