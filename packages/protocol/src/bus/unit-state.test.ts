import { describe, expect, it } from 'vitest';
import { unitStateSchema } from './unit-state.ts';

const told = { since: '2026-11-23T06:00:12.000Z', last_ok: null, run: 'unknown', run_since: null } as const;

describe('the state of a unit', () => {
  it.each([
    ['ok', true],
    ['refused', false],
    ['timeout', false],
    ['asleep', false],
    ['standby', false],
  ])('says of a link of %s alone whether the meter can be reached', (link, reachable) => {
    expect(unitStateSchema.parse({ ...told, link })).toMatchObject({ link, reachable, failures: 0, battery: null });
  });

  it('says what it says where both are told', () => {
    expect(unitStateSchema.parse({ ...told, link: 'timeout', reachable: true }).reachable).toBe(true);
  });
});
