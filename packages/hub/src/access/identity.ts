/** What somebody may do, from most to least. `edge` is no person: it is an agent, bound to its own topics. */
export type Role = 'admin' | 'operator' | 'viewer';

/** Who is calling. `units`: `null` for all. */
export type Identity =
  | { readonly kind: 'person'; readonly name: string; readonly role: Role; readonly units: readonly string[] | null }
  | { readonly kind: 'edge'; readonly edge: string };

/** Everything that can be asked of the hub. A route or topic without one of these does not exist. */
export type Action = 'read' | 'operate' | 'administer';
