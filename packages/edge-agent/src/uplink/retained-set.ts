/** Everything of this edge that a broker retains: kept here whole, because a broker may forget it. Pure. Bounded by the number of topics. */
export class RetainedSet {
  readonly #payloads = new Map<string, string>();
  readonly #removed = new Set<string>();
  #dirty = new Set<string>();

  /** The newest payload of a topic replaces the former one. */
  set(topic: string, payload: string): void {
    this.#removed.delete(topic);
    this.#payloads.set(topic, payload);
    this.#dirty.add(topic);
  }

  /** The topic shall be empty from now on; that is said once, and again after each connect, since nobody knows what the broker kept. */
  remove(topic: string): void {
    this.#payloads.delete(topic);
    this.#removed.add(topic);
    this.#dirty.add(topic);
    if (this.#removed.size > 2000) for (const oldest of [...this.#removed].slice(0, 1000)) this.#removed.delete(oldest);
  }

  /** The topic is no longer ours: nothing is said on it any more, not even that it shall be empty. */
  forget(topic: string): void {
    this.#payloads.delete(topic);
    this.#removed.delete(topic);
    this.#dirty.delete(topic);
  }

  /** A new session: all of it has to be sent again. */
  resendAll(): void {
    this.#dirty = new Set([...this.#removed, ...this.#payloads.keys()]);
  }

  /** The next topic that the broker has not been told, with its payload (empty: remove). */
  next(): { readonly topic: string; readonly payload: string } | null {
    for (const topic of this.#dirty) {
      this.#dirty.delete(topic);
      return { topic, payload: this.#payloads.get(topic) ?? '' };
    }
    return null;
  }

  /** It did not get through after all. */
  again(topic: string): void {
    if (this.#payloads.has(topic) || this.#removed.has(topic)) this.#dirty.add(topic);
  }

  get waiting(): number {
    return this.#dirty.size;
  }
}
