import type { EdgeConfig, FleetStore, UnitConfig } from '../../fleet/fleet.ts';

interface StoredEdge extends EdgeConfig {
  readonly secretHash: string | null;
}

/** Configuration in memory: the twin of the Prisma store, for tests. `edgeSecretHash` serves the access store beside it. */
export class MemoryFleetStore implements FleetStore {
  readonly #units = new Map<string, UnitConfig>();
  readonly #edges = new Map<string, StoredEdge>();
  readonly #assignments = new Map<string, { readonly unit: string; readonly edge: string }>();

  async units(): Promise<readonly UnitConfig[]> {
    return [...this.#units.values()];
  }

  async putUnit(unit: UnitConfig): Promise<void> {
    this.#units.set(unit.unit, { ...unit });
    if (unit.edge !== null) this.#assignments.set(`${unit.unit} ${unit.edge}`, { unit: unit.unit, edge: unit.edge });
  }

  async assignments(): Promise<readonly { readonly unit: string; readonly edge: string }[]> {
    return [...this.#assignments.values()];
  }

  async deleteUnit(unit: string): Promise<boolean> {
    return this.#units.delete(unit);
  }

  async edges(): Promise<readonly EdgeConfig[]> {
    return [...this.#edges.values()]
      .map(({ edge, createdMs, revision }) => ({ edge, createdMs, revision }))
      .sort((a, b) => (a.edge < b.edge ? -1 : 1));
  }

  async putEdge(edge: string, secretHash: string | null, createdMs: number): Promise<void> {
    const known = this.#edges.get(edge);
    this.#edges.set(edge, {
      edge,
      createdMs: known?.createdMs ?? createdMs,
      revision: known?.revision ?? 0,
      secretHash,
    });
  }

  async deleteEdge(edge: string): Promise<boolean> {
    return this.#edges.delete(edge);
  }

  async nextRevision(edge: string, above = 0): Promise<number> {
    const known = this.#edges.get(edge);
    if (known === undefined) return 0;
    const revision = Math.max(known.revision, above) + 1;
    this.#edges.set(edge, { ...known, revision });
    return revision;
  }

  edgeSecretHash(edge: string): string | null {
    return this.#edges.get(edge)?.secretHash ?? null;
  }
}
