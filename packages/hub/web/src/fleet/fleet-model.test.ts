import { describe, expect, it } from 'vitest';
import { type FleetView, withHistory, withMessage, withOverviews } from './fleet-model.ts';
import { frameAt, overview } from './unit-example.ts';

const keep = { windowMs: 300_000, points: 400 };
const nowMs = Date.parse('2026-11-23T06:41:10.000Z');
const fleetOf = (...units: Parameters<typeof overview>[0][]): FleetView => withOverviews(new Map(), units.map(overview));

describe('fleet model', () => {
  it('takes what the hub lists and forgets units that are gone, but not the frames of those that stay', () => {
    const first = withMessage(
      fleetOf({ unit: 'a' }, { unit: 'b' }),
      { type: 'frame', unit: 'a', frame: frameAt(5) },
      nowMs,
      keep,
    );
    const later = withOverviews(first, [overview({ unit: 'a', frame: frameAt(3) })]);
    expect([...later.keys()]).toEqual(['a']);
    expect(later.get('a')?.frame?.seq).toBe(5);
    expect(later.get('a')?.series).toHaveLength(1);
  });

  it('shows the newest frame by its own time, also when an older one comes later', () => {
    let fleet = withMessage(fleetOf({ unit: 'a' }), { type: 'frame', unit: 'a', frame: frameAt(5) }, nowMs, keep);
    fleet = withMessage(fleet, { type: 'frame', unit: 'a', frame: frameAt(3) }, nowMs, keep);
    expect(fleet.get('a')?.frame?.seq).toBe(5);
    expect(fleet.get('a')?.series.map((point) => point.seq)).toEqual([3, 5]);
  });

  it('adds up what a slow page has missed', () => {
    let fleet = withMessage(fleetOf({ unit: 'a' }), { type: 'frame', unit: 'a', frame: frameAt(5), missed: 2 }, nowMs, keep);
    fleet = withMessage(fleet, { type: 'frame', unit: 'a', frame: frameAt(9), missed: 3 }, nowMs, keep);
    expect(fleet.get('a')?.missed).toBe(5);
  });

  it('merges history and live frames without doubles', () => {
    let fleet = withMessage(fleetOf({ unit: 'a' }), { type: 'frame', unit: 'a', frame: frameAt(5) }, nowMs, keep);
    fleet = withHistory(fleet, 'a', [frameAt(3), frameAt(4), frameAt(5)], nowMs, keep);
    expect(fleet.get('a')?.series.map((point) => point.seq)).toEqual([3, 4, 5]);
    expect(withHistory(fleet, 'a', [frameAt(4)], nowMs, keep)).toBe(fleet);
  });

  it('follows the link, and the edge where the hub says so', () => {
    const message = {
      type: 'unit',
      unit: 'a',
      link: 'wedged',
      reachable: false,
      run: 'Start',
      since: null,
      reason: 'x',
    } as const;
    const fleet = withMessage(fleetOf({ unit: 'a' }), message, nowMs, keep);
    expect(fleet.get('a')).toMatchObject({ link: 'wedged', reachable: false, reason: 'x', edgeOnline: true });
    expect(withMessage(fleet, { ...message, edge_online: false }, nowMs, keep).get('a')?.edgeOnline).toBe(false);
  });

  it('does not change for units it does not know', () => {
    const fleet = fleetOf({ unit: 'a' });
    expect(withMessage(fleet, { type: 'frame', unit: 'z', frame: frameAt(1) }, nowMs, keep)).toBe(fleet);
    expect(withHistory(fleet, 'z', [frameAt(1)], nowMs, keep)).toBe(fleet);
  });
});
