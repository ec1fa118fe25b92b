/** Most retained messages that clients may keep on the broker per edge: three per unit, a thousand units, and the edge's own. */
const MAX_PER_EDGE = 3_100;

/** Counts the retained messages of each edge, so that an edge gone wrong cannot fill the hub's memory with invented units. */
export class RetainedQuota {
  readonly #byEdge = new Map<string, Set<string>>();

  /** Whether this message may be kept; counts it if so. `topic` is one of the publisher's own. */
  allows(retain: boolean, topic: string, bytes: number): boolean {
    if (!retain) return true;
    if (bytes === 0) {
      this.cleared(topic);
      return true;
    }
    const edge = edgeOf(topic);
    const kept = this.#byEdge.get(edge) ?? new Set();
    if (!kept.has(topic) && kept.size >= MAX_PER_EDGE) return false;
    kept.add(topic);
    this.#byEdge.set(edge, kept);
    return true;
  }

  cleared(topic: string): void {
    const kept = this.#byEdge.get(edgeOf(topic));
    kept?.delete(topic);
    if (kept?.size === 0) this.#byEdge.delete(edgeOf(topic));
  }
}

function edgeOf(topic: string): string {
  return topic.split('/')[2] ?? '';
}
