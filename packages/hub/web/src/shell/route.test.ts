import { describe, expect, it } from 'vitest';
import { hashOf, readRoute } from './route.ts';

describe('readRoute', () => {
  it.each([
    ['', { name: 'fleet' }],
    ['#/', { name: 'fleet' }],
    ['#/unit/NL43-01', { name: 'unit', unit: 'NL43-01' }],
    ['#/unit/', { name: 'fleet' }],
    ['#/unit/%E0%A4%A', { name: 'fleet' }],
    ['#/unit/a/b', { name: 'fleet' }],
    ['#/setup', { name: 'setup' }],
    ['#/alerts', { name: 'alerts', room: 'inbox' }],
    ['#/alerts/rules', { name: 'alerts', room: 'rules' }],
    ['#/event/loud-1k2', { name: 'event', event: 'loud-1k2' }],
    ['#/event/a b', { name: 'fleet' }],
    ['#/history/NL43-01', { name: 'history', unit: 'NL43-01', query: '' }],
    ['#/history/NL43-01?span=week&date=2026-11-24', { name: 'history', unit: 'NL43-01', query: 'span=week&date=2026-11-24' }],
    ['#/history/', { name: 'fleet' }],
    ['#/elsewhere', { name: 'fleet' }],
  ])('reads %s', (hash, route) => {
    expect(readRoute(hash)).toEqual(route);
  });

  it('reads back what it writes', () => {
    for (const unit of ['NL43-01', 'a b', 'x/y', 'ü']) {
      expect(readRoute(hashOf({ name: 'unit', unit }))).toEqual({ name: 'unit', unit });
      expect(readRoute(hashOf({ name: 'history', unit, query: 'span=day' }))).toEqual({
        name: 'history',
        unit,
        query: 'span=day',
      });
    }
  });
});
