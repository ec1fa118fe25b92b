import { unitInfoSchema } from '@slmm/protocol';
import { describe, expect, it } from 'vitest';
import {
  changedSettings,
  EMPTY_SNAPSHOT,
  isSameSetting,
  RARE_QUESTIONS,
  settingsHash,
  type SettingsSnapshot,
  unitInfoOf,
  withAnswer,
} from './settings-snapshot.ts';

const ANSWERS: Record<string, string | null> = {
  Type: 'NL-43EX',
  'Serial Number': '01234567',
  'System Version': '1.02.0034',
  'Frequency Weighting (Main)': 'A',
  'Time Weighting (Main)': 'F',
  'Percentile 1': '5.0',
  'Percentile 2': '10.0',
  'Percentile 3': '50.0',
  'Percentile 4': '90.0',
  'Percentile 5': '95.0',
  TRM: null,
  'Octave Mode': null,
  'Windscreen Correction': 'Off',
  'Diffuse Sound Field Correction': 'Off',
};

const read = (answers: Record<string, string | null>, from: SettingsSnapshot = EMPTY_SNAPSHOT): SettingsSnapshot =>
  Object.entries(answers).reduce((snapshot, [command, value]) => withAnswer(snapshot, command, value, 1000), from);

describe('the settings snapshot', () => {
  it('has a hash only once everything that shapes a frame has been read', () => {
    const { 'Percentile 5': last, ...others } = ANSWERS;
    expect(settingsHash(read(others))).toBeNull();
    expect(settingsHash(read({ 'Percentile 5': last ?? null }, read(others)))).toMatch(/^[0-9a-f]{8}$/);
  });

  it('has another hash when a weighting differs, and the same when the store name does', () => {
    const hash = settingsHash(read(ANSWERS));
    expect(settingsHash(read({ 'Frequency Weighting (Main)': 'C' }, read(ANSWERS)))).not.toBe(hash);
    expect(settingsHash(read({ 'Store Name': '0042' }, read(ANSWERS)))).toBe(hash);
  });

  it('tells what has changed, and takes first readings for no change', () => {
    expect(changedSettings(EMPTY_SNAPSHOT, read(ANSWERS))).toEqual([]);
    expect(changedSettings(read(ANSWERS), read({ 'Percentile 1': '1.0' }, read(ANSWERS)))).toEqual(['Percentile 1: 5.0 -> 1.0']);
  });

  it('says what LN1..LN5 mean as read, and null where the meter did not say', () => {
    expect(unitInfoOf(read({ ...ANSWERS, 'Percentile 3': null })).percentiles).toEqual([5, 10, null, 90, 95]);
    expect(unitInfoOf(EMPTY_SNAPSHOT).percentiles).toEqual([null, null, null, null, null]);
  });

  it('measures the offset of the meter clock', () => {
    const atMs = Date.UTC(2026, 10, 23, 6, 41, 5, 400);
    expect(unitInfoOf(withAnswer(EMPTY_SNAPSHOT, 'Clock', '2026/11/23 07:41:05', atMs)).clock_offset_s).toBe(3600);
  });

  it('makes an info that the bus takes', () => {
    expect(unitInfoSchema.safeParse(unitInfoOf(read(ANSWERS))).success).toBe(true);
    expect(unitInfoSchema.safeParse(unitInfoOf(EMPTY_SNAPSHOT)).success).toBe(true);
  });

  it.each([
    ['5', '5.0', true],
    ['5', 'L5', true],
    ['12.5', '12.50 %', true],
    ['100ms', '100 ms', true],
    ['On', 'on', true],
    ['5', '50', false],
    ['1m', '1ms', false],
    ['0042', '0043', false],
  ])('takes what was set as %s and is said as %s for the same: %s', (set, said, isSame) => {
    expect(isSameSetting(set, said)).toBe(isSame);
  });

  it('asks for everything its hash is made of', () => {
    const asked = RARE_QUESTIONS.map((question) => question.command);
    expect(Object.keys(ANSWERS).filter((command) => !asked.includes(command))).toEqual([]);
  });
});
