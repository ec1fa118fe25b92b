/** An MQTT topic filter, read once and matched often (MQTT 3.1.1 section 4.7). Pure. */
export class TopicFilter {
  readonly #levels: readonly string[];

  constructor(filter: string) {
    this.#levels = filter.split('/');
  }

  /** Wildcards in the first level do not match topics that begin with `$`. */
  matches(topic: string): boolean {
    const levels = topic.split('/');
    const [first] = this.#levels;
    if (topic.startsWith('$') && (first === '+' || first === '#')) return false;
    for (const [index, wanted] of this.#levels.entries()) {
      if (wanted === '#') return true;
      const level = levels[index];
      if (level === undefined || (wanted !== '+' && wanted !== level)) return false;
    }
    return levels.length === this.#levels.length;
  }
}
