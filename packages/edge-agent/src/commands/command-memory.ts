/** Which command ids have been seen, so that none is carried out twice. Pure. */

/** How long an id is remembered (architecture, section 3). */
const REMEMBER_MS = 600_000;
/** Bound of the memory: 10 min of almost 7 commands a second. When full, new commands are refused rather than an id forgotten early. */
const MAX_REMEMBERED = 4096;

export class CommandMemory {
  /** Id to the monotonic instant it was seen; in that order. */
  readonly #seenAtMs = new Map<string, number>();

  /** Notes the id. `repeated`: it is known already; `full`: it cannot be remembered now. Only a `new` one may be carried out. */
  note(id: string, nowMs: number): 'new' | 'repeated' | 'full' {
    for (const [known, seenAtMs] of this.#seenAtMs) {
      if (nowMs - seenAtMs < REMEMBER_MS) break;
      this.#seenAtMs.delete(known);
    }
    if (this.#seenAtMs.has(id)) return 'repeated';
    if (this.#seenAtMs.size >= MAX_REMEMBERED) return 'full';
    this.#seenAtMs.set(id, nowMs);
    return 'new';
  }
}
