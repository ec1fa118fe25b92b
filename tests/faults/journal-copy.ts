/** What an edge's journal holds, read from a copy so that nothing is changed. */
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Journal, NodeDisk, openJournal } from '@slmm/edge-agent/testing';
import { createLogger, systemClock } from '@slmm/shared';

const DAY_MS = 86_400_000;

/** Opens a copy of the journal of `edge` as its next start would, hands it to `read`, and throws it away. */
export async function withJournalCopy<T>(dataDir: string, edge: string, read: (journal: Journal) => Promise<T> | T): Promise<T> {
  const from = join(dataDir, `edge-${edge}`, 'journal');
  const copy = await mkdtemp(join(tmpdir(), 'slmm-copy-'));
  try {
    for (const name of await readdir(from)) await copyFile(join(from, name), join(copy, name));
    const journal = await openJournal({
      disk: await NodeDisk.open(copy),
      clock: systemClock,
      log: createLogger('test', 'silent'),
      newEpoch: () => 'NEVERUSED1',
      syncWindowMs: 50,
      segmentBytes: 1e6,
      maxBytes: 1e9,
      maxAgeMs: DAY_MS,
      keepAcknowledgedMs: DAY_MS,
      maxPendingFrames: 100,
    });
    const found = await read(journal);
    await journal.close();
    return found;
  } finally {
    await rm(copy, { recursive: true });
  }
}
