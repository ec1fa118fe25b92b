import { decodeDod } from '@slmm/protocol';
import { describe, expect, it } from 'vitest';
import { heldLevel } from '../levels/level-source.ts';
import { Meter } from '../meter/meter.ts';
import { forcedCode, withUsedNames } from './command-faults.ts';
import { FaultSet } from './fault-set.ts';
import { FAULT_IDS, type FaultId, FAULTS } from './fault-table.ts';
import { cutAnswer, garbleDod } from './garble.ts';

const set = (id: FaultId, params?: unknown): FaultSet => {
  const faults = new FaultSet();
  expect(faults.set(id, params).kind).toBe('ok');
  return faults;
};

describe('the fault table', () => {
  it('has F1 to F20, each with defaults', () => {
    expect(FAULT_IDS).toEqual(Array.from({ length: 20 }, (_, index) => `F${index + 1}`));
    for (const id of FAULT_IDS) expect(FAULTS[id].params.safeParse({}).success).toBe(true);
  });
});

describe('FaultSet', () => {
  it('refuses parameters that the fault has not, and says which', () => {
    const faults = new FaultSet();
    expect(faults.set('F6', { delay: 3 })).toMatchObject({ kind: 'mistake', reason: expect.stringContaining('delay') });
    expect(faults.set('F6', { delayMs: -3 })).toMatchObject({ kind: 'mistake', reason: expect.stringContaining('delayMs') });
    expect(faults.get('F6')).toBeNull();
  });

  it('strikes every n-th time, and only so often', () => {
    const faults = set('F7', { every: 2, times: 2 });
    const struck = Array.from({ length: 8 }, () => faults.strike('F7') !== null);
    expect(struck).toEqual([false, true, false, true, false, false, false, false]);
    expect(faults.list()).toMatchObject([{ id: 'F7', applied: 2 }]);
  });

  it('is over when cleared', () => {
    const faults = set('F16');
    expect([faults.clear('F16'), faults.clear('F16'), faults.get('F16')]).toEqual([true, false, null]);
  });
});

describe('garbleDod', () => {
  const meter = new Meter({ serialNumber: '1', source: heldLevel(60), atMs: 0, measuring: true, clockOffsetMs: 0, earlier: [] });
  meter.advance(2_000);
  const modes = FAULTS.F10.params.shape.mode.unwrap().options;

  it.each(modes)('%s is a failure exactly where the shape is wrong', (mode) => {
    const reading = decodeDod(garbleDod(meter.dod(), mode));
    const wrong = ['63-fields', '65-fields', 'nl42', 'garbage', 'short'].includes(mode);
    expect(reading.kind).toBe(wrong ? 'failure' : 'dod');
  });

  it('changes what it says it changes', () => {
    const main = (mode: (typeof modes)[number]) => {
      const reading = decodeDod(garbleDod(meter.dod(), mode));
      return reading.kind === 'dod' ? reading.channels[0] : null;
    };
    expect([
      main('over')?.over,
      main('under')?.under,
      main('loud')?.lp,
      main('quiet')?.lp,
      main('negative')?.lp,
      main('blank')?.le,
    ]).toEqual([true, true, 130, 9.8, -3.2, null]);
  });
});

describe('other faults of answers', () => {
  it('cuts at every byte, or between CR and LF', () => {
    expect(cutAnswer('On\r\n', 'bytes')).toEqual(['O', 'n', '\r', '\n']);
    expect(cutAnswer('a\r\nb\r\n', 'split-crlf')).toEqual(['a\r', '\nb\r', '\n']);
  });

  it('forces result codes by command name', () => {
    const faults = set('F8', { codes: { drd: '0004', 'store name': '0003' } });
    expect([forcedCode('DRD?', faults), forcedCode('Store Name,0001', faults), forcedCode('DOD?', faults)]).toEqual([
      '0004',
      '0003',
      null,
    ]);
    const clock = set('F11', { refuseSet: true });
    expect([forcedCode('Clock,2026/01/01 00:00:00', clock), forcedCode('Clock?', clock)]).toEqual(['0004', null]);
  });

  it('calls store names used', () => {
    const outcome = { code: '0000', line: 'None' } as const;
    expect(withUsedNames('Overwrite?', outcome, set('F18'), '0001').line).toBe('Exist');
    expect(withUsedNames('Overwrite?', outcome, set('F18', { existing: ['9999', '0000'] }), '0001').line).toBe('None');
  });
});
