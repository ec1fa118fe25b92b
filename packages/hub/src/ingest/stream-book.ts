/** The streams (unit and epoch) that ingest knows, and whose they are. Neighbours: ingest.ts. */
import type { StreamRecord } from '../history/reading-store.ts';
import { newStream, type Stream } from './accept.ts';

/** Streams one edge may begin. A journal begins one per unit in its life, so this is centuries of honest work. */
const MAX_STREAMS_PER_EDGE = 10_000;

export type Found =
  /** `formerEdge`: the edge that spoke for it before and is no longer enrolled. */
  | { readonly kind: 'found'; readonly stream: Stream; readonly formerEdge: string | null }
  | { readonly kind: 'refused'; readonly reason: string };

export class StreamBook {
  readonly #enrolled: (edge: string) => boolean;
  readonly #streams = new Map<string, Stream>();
  readonly #counts = new Map<string, number>();

  constructor(enrolled: (edge: string) => boolean) {
    this.#enrolled = enrolled;
  }

  load(record: StreamRecord): void {
    this.put({ ...record, newest: null });
  }

  put(stream: Stream): void {
    const key = keyOf(stream.unit, stream.epoch);
    if (!this.#streams.has(key)) this.#counts.set(stream.edge, (this.#counts.get(stream.edge) ?? 0) + 1);
    this.#streams.set(key, stream);
  }

  /**
   * The stream for an edge that speaks for it; a new one where nobody did before.
   * An epoch is the random name of one journal, so a second edge that uses it has a copy of the journal, or means harm: it could have its rival's frames
   * acknowledged away. It is refused as long as the first one is enrolled.
   */
  find(edge: string, unit: string, epoch: string): Found {
    const known = this.#streams.get(keyOf(unit, epoch));
    if (known === undefined) {
      if ((this.#counts.get(edge) ?? 0) >= MAX_STREAMS_PER_EDGE)
        return { kind: 'refused', reason: `edge ${edge} has begun ${MAX_STREAMS_PER_EDGE} streams; its journal must be broken` };
      return { kind: 'found', stream: newStream(unit, epoch, edge), formerEdge: null };
    }
    if (known.edge === edge) return { kind: 'found', stream: known, formerEdge: null };
    if (this.#enrolled(known.edge))
      return {
        kind: 'refused',
        reason: `epoch ${epoch} of unit ${unit} is the journal of edge ${known.edge}; start edge ${edge} with a data directory of its own`,
      };
    return { kind: 'found', stream: { ...known, edge }, formerEdge: known.edge };
  }
}

const keyOf = (unit: string, epoch: string): string => `${unit} ${epoch}`;
