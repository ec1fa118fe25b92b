/** What is sent in one measurement, told to every process of it. */

export interface Load {
  readonly kind: 'live' | 'batch';
  readonly edges: number;
  readonly unitsPerEdge: number;
  readonly framesPerUnit: number;
  /** Frames of one backfill message. */
  readonly framesPerBatch: number;
}

/** From the starter to a child, and back. */
export type ToChild = { readonly kind: 'go'; readonly port: number; readonly load: Load } | { readonly kind: 'cpu?' };
export type FromChild =
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'ready' }
  | { readonly kind: 'sending'; readonly atMs: number }
  /** Everything is on the disk. */
  | { readonly kind: 'stored'; readonly atMs: number; readonly rows: number }
  /** Processor time of the process so far, all of its threads together. */
  | { readonly kind: 'cpu'; readonly ms: number };

export function totalFrames(load: Load): number {
  return load.edges * load.unitsPerEdge * load.framesPerUnit;
}

export const edgeName = (index: number): string => `bench-${index}`;
export const unitName = (edge: number, index: number): string => `unit-${edge}-${index}`;

/** Tells the starter, when there is one. */
export function tell(message: FromChild): void {
  process.send?.(message);
}

/** Answers what the starter asks of every process that receives. */
export function answerCpu(): void {
  process.on('message', ({ kind }: ToChild) => {
    const { user, system } = process.cpuUsage();
    if (kind === 'cpu?') tell({ kind: 'cpu', ms: (user + system) / 1000 });
  });
}
