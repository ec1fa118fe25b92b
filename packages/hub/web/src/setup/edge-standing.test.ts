import type { EdgeOverview } from '@slmm/protocol/live';
import { describe, expect, it } from 'vitest';
import { edgeFacts, edgeStanding } from './edge-standing.ts';

const AT = '2026-11-23T06:41:00.000Z';
const nowMs = Date.parse(AT) + 60_000;
type Health = NonNullable<EdgeOverview['health']>;

const health = (change: Partial<Health> = {}): Health => ({
  at: AT,
  journal_bytes: 1_500_000,
  journal_frames: 900,
  oldest_unsent: null,
  unsent_frames: 0,
  dropped_frames: 0,
  published_per_s: 3,
  clock_offset_ms: 12,
  wan_bytes_month: 73_400_320,
  rss_mb: 71.2,
  disk_fault: null,
  units: {},
  ...change,
});

function edge(change: Partial<EdgeOverview> = {}): EdgeOverview {
  return {
    edge: 'site-7',
    created_at: AT,
    revision: 5,
    applied_revision: 5,
    applied: { revision: 5, at: AT, error: null, units: { u1: { ok: true, error: null } } },
    online: true,
    state: { state: 'online', epoch: '01JD3AAAAAAAAAAAAAAAAAAAAA', boot: 'b', at: AT, reason: 'connected' },
    info: null,
    health: health(),
    lag_s: 0,
    last_seen: AT,
    ...change,
  };
}

const refusing = { revision: 5, at: AT, error: null, units: { u1: { ok: false, error: 'no such host' } } };

describe('edgeStanding', () => {
  it.each([
    ['one that is well', {}, 'calm All well'],
    ['one that has never signed in', { state: null, online: false, health: null, last_seen: null }, 'notice Never seen'],
    ['one that is away', { online: false }, 'trouble Offline'],
    ['one whose disk is full', { health: health({ disk_fault: 'ENOSPC' }) }, 'trouble Disk'],
    ['one that cannot do what is wanted of a unit', { applied: refusing }, 'trouble Configuration refused'],
    ['one that has not taken its configuration', { applied_revision: 4 }, 'notice Configuration not in force'],
    ['one with a wrong clock', { health: health({ clock_offset_ms: -4200 }) }, 'notice Clock'],
    ['one that had to drop frames', { health: health({ dropped_frames: 7 }) }, 'notice Frames dropped'],
    [
      'one that sends what it kept',
      { health: health({ oldest_unsent: '2026-11-23T05:00:00.000Z', unsent_frames: 9 }) },
      'notice Catching up',
    ],
  ])('judges %s', (_name, change, expected) => {
    const { severity, label } = edgeStanding(edge(change), nowMs);
    expect(`${severity} ${label}`).toBe(expected);
  });

  it('says for how long an edge is away and which unit was refused', () => {
    expect(edgeStanding(edge({ online: false }), nowMs).sentence).toContain('away for 1 min');
    expect(edgeStanding(edge({ applied: refusing }), nowMs).sentence).toBe('u1: no such host');
  });

  it('gives a fresh configuration time to travel', () => {
    expect(edgeStanding(edge({ applied_revision: 4 }), Date.parse(AT) + 5000).severity).toBe('calm');
  });
});

describe('edgeFacts', () => {
  it('says how far a clock is off, and in which direction', () => {
    const clock = (clock_offset_ms: number | null): string | undefined =>
      edgeFacts(edge({ health: health({ clock_offset_ms }) })).find(([name]) => name === 'Clock')?.[1];
    expect([clock(12), clock(1500), clock(-3000), clock(null)]).toEqual([
      'right',
      '1.5 s ahead',
      '3.0 s behind',
      'not measured yet',
    ]);
  });

  it('has nothing to say of an edge that never spoke', () => {
    expect(edgeFacts(edge({ health: null }))).toEqual([]);
  });
});
