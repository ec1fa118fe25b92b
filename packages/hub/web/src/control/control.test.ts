import { describe, expect, it } from 'vitest';
import type { CommandView } from './command-api.ts';
import { broughtFile, commandName, commandSentence } from './command-text.ts';
import { ordersFor } from './orders.ts';

const ops = (run: 'Start' | 'Stop' | 'unknown', link: string | null): string =>
  ordersFor('u1', { run, link })
    .map(({ op }) => op)
    .join(' ');

describe('ordersFor', () => {
  it.each([
    ['Start', 'ok', 'cycle-stop measure-stop diagnose yield'],
    ['Stop', 'ok', 'cycle-start measure-start diagnose yield'],
    ['unknown', null, 'cycle-start measure-start cycle-stop measure-stop diagnose yield'],
    ['Start', 'wedged', 'cycle-stop measure-stop diagnose yield power-cycle'],
    ['Start', 'standby', 'activate'],
    ['Start', 'disabled', 'activate'],
  ] as const)('offers for run state %s and link %s: %s', (run, link, expected) => {
    expect(ops(run, link)).toBe(expected);
  });

  it('asks before anything that ends a measurement or gives the meter away', () => {
    const asked = ordersFor('u1', { run: 'unknown', link: 'wedged' }).filter(({ confirm }) => confirm !== null);
    expect(asked.map(({ op }) => op)).toEqual(['cycle-stop', 'measure-stop', 'yield', 'power-cycle']);
  });
});

const command = (change: Partial<CommandView>): CommandView => ({
  id: 'c',
  op: 'cycle-stop',
  by: 'ann',
  at: '2026-11-23T06:41:00.000Z',
  state: 'done',
  progress: null,
  result: null,
  error: null,
  ended_at: null,
  ...change,
});

describe('commandSentence', () => {
  it.each([
    [{ state: 'running' }, 'under way'],
    [{ state: 'running', progress: { step: 'fetching files', done: 3, of: 9 } }, 'fetching files (3 of 9)'],
    [{ state: 'failed', error: { message: 'The meter does not answer.' } }, 'The meter does not answer.'],
    [{ result: { new_index: 42 } }, 'measuring into store 0042'],
    [{ result: { run: 'Stop', confirmed: true } }, 'confirmed: Stop'],
    [{ result: { run: 'unknown', confirmed: false } }, 'not confirmed by the meter: unknown'],
    [{ result: { until: '2026-11-23T07:11:00.000Z' } }, 'until 07:11 UTC'],
    [{ result: { advice: 'Switch it off and on.' } }, 'Switch it off and on.'],
    [{ result: { active: true } }, 'done'],
  ] as const)('says %j as %s', (change, sentence) => {
    expect(commandSentence(command(change))).toBe(sentence);
  });

  it('names operations for people, and unknown ones by their own name', () => {
    expect([commandName('measure-stop'), commandName('of-tomorrow')]).toEqual(['Stop', 'of-tomorrow']);
  });
});

describe('broughtFile', () => {
  it.each([
    [{ result: { transfer: 't', name: 'a.zip' } }, true],
    [{ result: { stopped: true, file: { transfer: 't' } } }, true],
    [{ result: { stopped: true, file: null } }, false],
    [{ state: 'running', result: { transfer: 't' } }, false],
    [{ result: null }, false],
  ] as const)('%j: %s', (change, expected) => {
    expect(broughtFile(command(change))).toBe(expected);
  });
});
