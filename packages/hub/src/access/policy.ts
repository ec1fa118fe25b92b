import type { Action, Identity, Role } from './identity.ts';

const ALLOWED: Readonly<Record<Role, readonly Action[]>> = {
  admin: ['read', 'operate', 'administer'],
  operator: ['read', 'operate'],
  viewer: ['read'],
};

/**
 * The one policy: who may do what to which unit. `unit` is `null` where the matter is not one unit's. Edges have no business on the API.
 * Administering concerns the whole hub (it makes tokens), so a token for some units never does, whatever its role.
 */
export function mayDo(identity: Identity, action: Action, unit: string | null): boolean {
  if (identity.kind === 'edge') return false;
  if (!ALLOWED[identity.role].includes(action)) return false;
  if (action === 'administer' && identity.units !== null) return false;
  return unit === null || identity.units === null || identity.units.includes(unit);
}
