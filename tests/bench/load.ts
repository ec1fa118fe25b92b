/** What is sent in one measurement, and what the processes of it tell one another. */

export interface Load {
  readonly kind: 'live' | 'batch';
  /** Edges that take part in nothing else have names of their own: what was warmed up is not what is measured. */
  readonly tag: string;
  readonly edges: number;
  readonly unitsPerEdge: number;
  readonly framesPerUnit: number;
  /** Frames of one backfill message. */
  readonly framesPerBatch: number;
  /** Publishes of one edge that may wait for their PUBACK. */
  readonly window: number;
}

/** Live frames at the pace of meters, each stamped with the time at which it is sent. */
export interface Pace {
  readonly tag: string;
  readonly edges: number;
  readonly unitsPerEdge: number;
  /** Seq of the first frame: what is before it comes as a backlog. */
  readonly firstSeq: number;
}

/** More than can be taken: frames come into being at a rate, whatever becomes of them. The rate is `times` what was taken in the first seconds. */
export interface Flood {
  readonly edges: number;
  readonly unitsPerEdge: number;
  readonly window: number;
  readonly times: number;
  readonly forS: number;
}

/** From the starter to a child. */
export type ToChild =
  | { readonly kind: 'go'; readonly port: number; readonly load: Load }
  | { readonly kind: 'pace'; readonly port: number; readonly pace: Pace }
  | { readonly kind: 'flood'; readonly port: number; readonly flood: Flood }
  | { readonly kind: 'watch'; readonly url: string; readonly units: readonly string[] }
  /** What was seen since the last such question. */
  | { readonly kind: 'latencies?' }
  | { readonly kind: 'figures?' };

/** And back. */
export type FromChild =
  | { readonly kind: 'port'; readonly port: number; readonly httpPort: number }
  | { readonly kind: 'ready' }
  | { readonly kind: 'sending'; readonly atMs: number }
  /** Everything is on the disk. */
  | { readonly kind: 'stored'; readonly atMs: number; readonly rows: number }
  | {
      readonly kind: 'flooded';
      readonly offered: number;
      readonly taken: number;
      readonly resent: number;
      readonly tookS: number;
    }
  | { readonly kind: 'latencies'; readonly ms: readonly number[] }
  | ({ readonly kind: 'figures' } & Figures);

export interface Figures {
  /** Processor time of the process so far, all of its threads together. */
  readonly cpuMs: number;
  /** How long its main thread was busy so far: what is left of the time it waited. */
  readonly busyMs: number;
  readonly rssMb: number;
}

export function totalFrames(load: Pick<Load, 'edges' | 'unitsPerEdge' | 'framesPerUnit'>): number {
  return load.edges * load.unitsPerEdge * load.framesPerUnit;
}

export const edgeName = (tag: string, index: number): string => `${tag}-${index}`;
export const unitName = (tag: string, edge: number, index: number): string => `unit-${tag}-${edge}-${index}`;

export function unitNames({
  tag,
  edges,
  unitsPerEdge,
}: {
  readonly tag: string;
  readonly edges: number;
  readonly unitsPerEdge: number;
}): string[] {
  return Array.from({ length: edges * unitsPerEdge }, (_, index) =>
    unitName(tag, Math.floor(index / unitsPerEdge), index % unitsPerEdge),
  );
}
