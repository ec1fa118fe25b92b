import { type FaultId, FAULTS, type FaultParams } from './fault-table.ts';

interface Active {
  readonly params: unknown;
  /** How often the fault was asked whether it applies, and how often it did. */
  asked: number;
  applied: number;
}

export type FaultChange =
  | { readonly kind: 'ok'; readonly params: unknown }
  | { readonly kind: 'mistake'; readonly reason: string };

/** The faults one meter has at the moment. */
export class FaultSet {
  readonly #active = new Map<FaultId, Active>();

  /** Sets a fault from untrusted parameters; a fault that is already set begins anew. */
  set(id: FaultId, params: unknown): FaultChange {
    const result = FAULTS[id].params.safeParse(params ?? {});
    if (!result.success) {
      return {
        kind: 'mistake',
        reason: result.error.issues.map((issue) => `${issue.path.join('.') || 'parameters'}: ${issue.message}`).join('; '),
      };
    }
    this.#active.set(id, { params: result.data, asked: 0, applied: 0 });
    return { kind: 'ok', params: result.data };
  }

  clear(id: FaultId): boolean {
    return this.#active.delete(id);
  }

  /** The parameters of an active fault, or `null`. */
  get<K extends FaultId>(id: K): FaultParams<K> | null {
    return (this.#active.get(id)?.params as FaultParams<K> | undefined) ?? null;
  }

  /** Like `get` for a fault that happens now and then: counts the question and honours `every` and `times`. */
  strike<K extends FaultId>(id: K): FaultParams<K> | null {
    const active = this.#active.get(id);
    if (active === undefined) return null;
    const { every = 1, times = 0 } = active.params as { readonly every?: number; readonly times?: number };
    active.asked += 1;
    if (active.asked % every !== 0 || (times > 0 && active.applied >= times)) return null;
    active.applied += 1;
    return active.params as FaultParams<K>;
  }

  /** Counts one more of what the fault waits for (`counted` connects, say) and gives the count. */
  count(id: FaultId): number {
    const active = this.#active.get(id);
    if (active === undefined) return 0;
    active.asked += 1;
    return active.asked;
  }

  list(): { readonly id: FaultId; readonly params: unknown; readonly applied: number }[] {
    return [...this.#active].map(([id, active]) => ({ id, params: active.params, applied: active.applied }));
  }
}
