import { describe, expect, it } from 'vitest';
import { attention, freshness, inOrderOfAttention, summaryOf } from './attention.ts';
import { type UnitView, withOverviews } from './fleet-model.ts';
import { frameAt, overview } from './unit-example.ts';

const nowMs = Date.parse(frameAt(1).at) + 1500;

function view(change: Partial<UnitView> = {}): UnitView {
  const known = withOverviews(new Map(), [overview({ frame: frameAt(1) })]).get('NL43-01');
  return { ...(known ?? expect.unreachable()), ...change };
}

describe('attention', () => {
  it.each([
    ['is calm when all is well', {}, 'calm', 'All well'],
    ['tells of an edge that is away', { edgeOnline: false }, 'trouble', 'Edge away'],
    ['tells of an unreachable meter', { link: 'refused', reachable: false }, 'trouble', 'Unreachable'],
    ['does not cry for a single failed try', { link: 'timeout' }, 'notice', 'Link unsteady'],
    ['tells of an overload', { frame: frameAt(1, { over: true }) }, 'notice', 'Overload'],
    ['tells of a level under the range', { frame: frameAt(1, { under: true }) }, 'notice', 'Under range'],
    ['tells that nothing is measured', { run: 'Stop' }, 'notice', 'Not measuring'],
    ['lets alone what was switched off', { link: 'disabled', edgeOnline: false }, 'idle', 'Switched off'],
    ['lets alone what stands by', { link: 'standby' }, 'idle', 'Standby'],
    ['waits for a unit that never said anything', { link: null, reachable: null }, 'notice', 'Waiting'],
    ['waits for a first frame', { frame: null }, 'notice', 'Waiting'],
    ['does not wait where no edge is', { overview: overview({ edge: null }) }, 'idle', 'No edge'],
  ] as const)('%s', (_name, change, severity, label) => {
    expect(attention(view(change as Partial<UnitView>), nowMs)).toMatchObject({ severity, label });
  });

  it('lets the edge speak for itself', () => {
    expect(attention(view({ link: 'refused', reachable: false, reason: 'Power-cycle it.' }), nowMs).sentence).toBe(
      'Power-cycle it.',
    );
    expect(attention(view({ link: 'refused', reachable: false }), nowMs).sentence).toMatch(/refuses the connection/);
  });

  it('takes silence for trouble although the link says ok', () => {
    expect(attention(view(), nowMs + 60_000)).toMatchObject({ severity: 'trouble', label: 'Silent' });
  });
});

describe('freshness', () => {
  it('goes by the pace of the unit', () => {
    const slow = view({ overview: overview({ config: { ...overview().config, monitor_enabled: false } }) });
    expect(freshness(slow, nowMs + 60_000)?.isStale).toBe(false);
    expect(freshness(slow, nowMs + 300_000)?.isStale).toBe(true);
    expect(freshness(view(), nowMs + 5000)?.isStale).toBe(false);
    expect(freshness(view({ frame: null }), nowMs)).toBeNull();
  });
});

describe('the list', () => {
  it('has trouble first and keeps the names in order', () => {
    const list = [
      { unit: 'NL43-10', severity: 'calm' },
      { unit: 'NL43-2', severity: 'calm' },
      { unit: 'NL43-3', severity: 'idle' },
      { unit: 'NL43-9', severity: 'trouble' },
    ] as const;
    expect(inOrderOfAttention(list)).toEqual(['NL43-9', 'NL43-2', 'NL43-10', 'NL43-3']);
  });

  it('is one sentence', () => {
    expect(summaryOf([])).toBe('No units yet.');
    expect(summaryOf(['calm'])).toBe('1 unit, all well.');
    expect(summaryOf(['calm', 'notice', 'idle'])).toBe('1 of 3 units worth a look.');
    expect(summaryOf(['trouble', 'notice', 'trouble'])).toBe('2 of 3 units in trouble.');
  });
});
