import type { AnnotationStore, CalibrationCheck, Mask } from '../../history/annotations.ts';

/** Masks, checks and schemes in memory, for tests. */
export class MemoryAnnotationStore implements AnnotationStore {
  readonly #masks = new Map<string, Mask>();
  readonly #checks: CalibrationCheck[] = [];
  readonly #schemes = new Map<string, unknown>();

  masks(unit: string, fromMs: number, toMs: number): Promise<readonly Mask[]> {
    const found = [...this.#masks.values()].filter((mask) => mask.unit === unit && mask.startMs < toMs && mask.endMs > fromMs);
    return Promise.resolve(found.toSorted((a, b) => a.startMs - b.startMs));
  }

  putMask(mask: Mask): Promise<void> {
    this.#masks.set(mask.id, mask);
    return Promise.resolve();
  }

  withdrawMask(unit: string, id: string, by: string, atMs: number): Promise<boolean> {
    const mask = this.#masks.get(id);
    if (mask === undefined || mask.unit !== unit || mask.withdrawnMs !== null) return Promise.resolve(false);
    this.#masks.set(id, { ...mask, withdrawnMs: atMs, withdrawnBy: by });
    return Promise.resolve(true);
  }

  checks(unit: string): Promise<readonly CalibrationCheck[]> {
    return Promise.resolve(this.#checks.filter((check) => check.unit === unit).toSorted((a, b) => a.atMs - b.atMs));
  }

  putCheck(check: CalibrationCheck): Promise<void> {
    this.#checks.push(check);
    return Promise.resolve();
  }

  schemes(): Promise<readonly unknown[]> {
    return Promise.resolve([...this.#schemes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, scheme]) => scheme));
  }

  putScheme(id: string, scheme: unknown): Promise<void> {
    this.#schemes.set(id, scheme);
    return Promise.resolve();
  }

  deleteScheme(id: string): Promise<boolean> {
    return Promise.resolve(this.#schemes.delete(id));
  }
}
