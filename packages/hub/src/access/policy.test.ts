import { describe, expect, it } from 'vitest';
import type { Action, Identity, Role } from './identity.ts';
import { mayDo } from './policy.ts';

const person = (role: Role, units: readonly string[] | null = null): Identity => ({ kind: 'person', name: 'x', role, units });
const ACTIONS: readonly Action[] = ['read', 'operate', 'administer'];

describe('the policy', () => {
  it.each<[Role, readonly string[] | null, readonly Action[], readonly Action[], readonly Action[]]>([
    // role, units of the token, what it may do: to unit a, to unit b, to the whole
    ['viewer', null, ['read'], ['read'], ['read']],
    ['operator', null, ['read', 'operate'], ['read', 'operate'], ['read', 'operate']],
    ['admin', null, ACTIONS, ACTIONS, ACTIONS],
    ['viewer', ['a'], ['read'], [], ['read']],
    ['operator', ['a'], ['read', 'operate'], [], ['read', 'operate']],
    ['admin', ['a'], ['read', 'operate'], [], ['read', 'operate']],
    ['admin', [], [], [], ['read', 'operate']],
  ])('%s of %j', (role, units, toA, toB, toAll) => {
    const may = (unit: string | null) => ACTIONS.filter((action) => mayDo(person(role, units), action, unit));
    expect([may('a'), may('b'), may(null)]).toEqual([toA, toB, toAll]);
  });

  it('has no business with edges', () => {
    expect(ACTIONS.filter((action) => mayDo({ kind: 'edge', edge: 'site' }, action, null))).toEqual([]);
  });
});
