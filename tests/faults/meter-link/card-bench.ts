/** A {@link meterBench} whose agent brings files of the card to a hub that is only a list of received chunks. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CardTransfers, FileSpool, openFtpCard } from '@slmm/edge-agent/testing';
import { createLogger, systemClock } from '@slmm/shared';
import { onTestFinished } from 'vitest';
import { type BenchOptions, type MeterBench, meterBench } from './meter-bench.ts';

export interface CardBench extends MeterBench {
  /** The bytes of a transfer as they came. */
  received(transfer: string): Buffer;
  /** `onChunk` is called for each chunk; the transfer waits for it. */
  readonly hooks: { onChunk: (transfer: string) => Promise<void> | void };
}

export async function cardBench(options: BenchOptions = {}): Promise<CardBench> {
  const directory = await mkdtemp(join(tmpdir(), 'slmm-card-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const received = new Map<string, Buffer[]>();
  const hooks: CardBench['hooks'] = { onChunk: () => undefined };
  const transfers = new CardTransfers({
    openCard: openFtpCard,
    spool: await FileSpool.start(directory),
    send: async (transfer, payload, signal) => {
      await hooks.onChunk(transfer);
      signal.throwIfAborted();
      const bytes = Buffer.from(payload);
      received.set(transfer, [...(received.get(transfer) ?? []), bytes.subarray(bytes.indexOf('\n') + 1)]);
    },
    // Looks at a folder and waits after a cut need not take seconds here.
    clock: { ...systemClock, after: (ms, task) => systemClock.after(Math.min(ms, 300), task) },
    log: createLogger('test', 'silent'),
    newId: () => crypto.randomUUID(),
  });
  const bench = await meterBench({ ...options, simulator: { measuring: false, ...options.simulator }, transfers });
  return { ...bench, hooks, received: (transfer) => Buffer.concat(received.get(transfer) ?? []) };
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
