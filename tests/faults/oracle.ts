/**
 * What must be true when the dust has settled: the history holds exactly what the journal numbered, once each and word for word; the watermark never went back;
 * the ledger names no loss, because nothing of this costs a frame that was on the edge's disk. Neighbours: kill-cycles.ts asks, stage.ts is what it looks at.
 */
import { type Acknowledge, type Frame, topics } from '@slmm/protocol';
import { connect, type MqttClient } from 'mqtt';
import { withJournalCopy } from './journal-copy.ts';
import { EDGE, type Stage, UNITS } from './stage.ts';

const SETTLE_MS = 180_000;
const EVER = 'from=1970-01-01T00:00:00Z&to=2199-01-01T00:00:00Z';
/** Frames read from a journal at once. */
const PIECE = 2000;

type Known = ReadonlyMap<string, string>;

export interface Verdict {
  readonly frames: number;
  /** Acknowledgements the observer heard. */
  readonly acknowledgements: number;
  /** Empty when all is well. */
  readonly wrong: readonly string[];
}

/** Listens to the acknowledgements all the time, and notices when one is lower than one before. */
export class WatermarkObserver {
  readonly #client: MqttClient;
  readonly #highest = new Map<string, number>();
  readonly wentBack: string[] = [];
  heard = 0;

  constructor(url: string) {
    this.#client = connect(url, { clientId: 'observer', username: EDGE, clean: true, reconnectPeriod: 100, resubscribe: false });
    this.#client.on('error', () => undefined);
    this.#client.on('connect', () => this.#client.subscribe(topics.ack(EDGE), { qos: 1 }));
    this.#client.on('message', (_topic, payload) => this.#take(JSON.parse(payload.toString()) as Acknowledge));
  }

  /** The hub is restored from a backup: what it says from now on has nothing to do with what it said. */
  expectNewBeginning(): void {
    this.#highest.clear();
  }

  close(): void {
    this.#client.end(true);
  }

  #take({ epoch, upto }: Acknowledge): void {
    this.heard += 1;
    for (const [unit, seq] of Object.entries(upto)) {
      const before = this.#highest.get(`${epoch} ${unit}`) ?? 0;
      if (seq < before) this.wentBack.push(`the watermark of ${unit} ${epoch} went back from ${before} to ${seq}`);
      this.#highest.set(`${epoch} ${unit}`, Math.max(seq, before));
    }
  }
}

/** Waits until the history has all of the journal, then looks at every word of it. */
export async function verdict(stage: Stage, observer: WatermarkObserver): Promise<Verdict> {
  const journalled = await journalOf(stage.dataDir);
  const endMs = Date.now() + SETTLE_MS;
  let wrong = await differences(stage, journalled);
  while (wrong.length > 0 && Date.now() < endMs) {
    await new Promise((done) => setTimeout(done, 500));
    wrong = await differences(stage, journalled);
  }
  return {
    frames: journalled.size,
    acknowledgements: observer.heard,
    wrong: [...wrong, ...(await lossesIn(stage)), ...observer.wentBack].slice(0, 20),
  };
}

/** Every frame that was ever numbered: acknowledged ones stay in the journal for a day. */
function journalOf(dataDir: string): Promise<Known> {
  return withJournalCopy(dataDir, EDGE, async (journal) => {
    const known = new Map<string, string>();
    for (const { epoch, unit, highest } of journal.streams()) {
      for (let first = 1; first <= highest;) {
        const { frames, lost, upto } = await journal.read(epoch, unit, [first, highest], PIECE);
        if (lost.length > 0) throw new Error(`the journal itself has lost frames: ${JSON.stringify(lost)}`);
        for (const frame of frames) known.set(keyOf(unit, frame), wordsOf(frame));
        first = upto + 1;
      }
    }
    return known;
  });
}

async function differences(stage: Stage, journalled: Known): Promise<string[]> {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const unit of UNITS) {
    let next: string | null = null;
    do {
      const more: string = next === null ? '' : `&next=${encodeURIComponent(next)}`;
      const page = await ask(stage, `/api/v1/units/${unit}/readings?${EVER}&limit=5000${more}`);
      if (page === null) return ['the history could not be asked'];
      for (const reading of page.readings as Frame[]) {
        const key = keyOf(unit, reading);
        if (seen.has(key)) wrong.push(`twice in the history: ${key}`);
        seen.add(key);
        const words = journalled.get(key);
        if (words === undefined) wrong.push(`in the history and not in the journal: ${key}`);
        else if (words !== wordsOf(reading)) wrong.push(`${key} is ${wordsOf(reading)} in the history, ${words} in the journal`);
      }
      next = page.next as string | null;
    } while (next !== null);
  }
  for (const key of journalled.keys()) if (!seen.has(key)) wrong.push(`in the journal and not in the history: ${key}`);
  return wrong;
}

/** What the ledger calls lost or still to come. (That nothing was measured while the edge was dead is not a loss.) */
async function lossesIn(stage: Stage): Promise<string[]> {
  const found: string[] = [];
  for (const unit of UNITS) {
    const from = new Date(Date.now() - 86_400_000).toISOString();
    const ledger = await ask(stage, `/api/v1/units/${unit}/coverage?from=${from}&to=${new Date().toISOString()}`);
    for (const { cause, frames, from: start } of (ledger?.gaps ?? []) as { cause: string; frames: number; from: string }[])
      if (['journal-full', 'journal-age', 'corrupt', 'disk', 'trimmed', 'poison'].includes(cause))
        found.push(`the ledger of ${unit} names ${frames} frames from ${start} on as lost: ${cause}`);
  }
  return found;
}

async function ask(stage: Stage, path: string): Promise<any> {
  const answer = await fetch(`http://127.0.0.1:${stage.httpPort}${path}`).catch(() => null);
  return answer?.status === 200 ? await answer.json() : null;
}

const keyOf = (unit: string, { epoch, seq }: Pick<Frame, 'epoch' | 'seq'>): string => `${unit} ${epoch} ${seq}`;

function wordsOf({ at, src, run, lp, leq, le, lmax, lmin, lpeak, ln, over, under, interval }: Frame): string {
  return JSON.stringify([at, src, run, lp, leq, le, lmax, lmin, lpeak, ln, over, under, interval?.leq, interval?.s]);
}
