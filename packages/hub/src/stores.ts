/** Where the hub keeps things, opened; by the hub itself and by tasks that work on the same databases. */
import { type Closeable, closeAll } from '@slmm/shared';
import { historyPlace, WorkerHistoryStore } from './adapters/history/worker-history-store.ts';
import { PostgresReadingStore } from './adapters/postgres/postgres-reading-store.ts';
import { type ConfigClient, openConfigDatabase } from './adapters/prisma/config-database.ts';
import { PackedReadingStore } from './adapters/readings/packed-reading-store.ts';
import { SqliteReadingStore } from './adapters/sqlite/sqlite-reading-store.ts';
import type { HistoryStore } from './history/history-store.ts';
import type { ReadingStore } from './history/reading-store.ts';
import type { DatabasePlaces } from './settings.ts';

/** What meters measured. */
export interface Measurements extends Closeable {
  /** Readings, packed or not. */
  readonly readings: ReadingStore;
  /** Questions about levels, packing and imports. */
  readonly history: HistoryStore;
}

/** All of it. */
export interface Stores extends Measurements {
  /** Configuration, rules, events, outbox, people's words. */
  readonly client: ConfigClient;
  /** Migrations of the configuration that were applied at this opening. */
  readonly applied: readonly string[];
}

export async function openMeasurements(places: DatabasePlaces): Promise<Measurements> {
  const rows =
    places.kind === 'sqlite' ? await SqliteReadingStore.open(places.readingsFile) : await PostgresReadingStore.open(places.url);
  const history = new WorkerHistoryStore(historyPlace(places));
  return { readings: new PackedReadingStore(rows, history), history, close: () => closeAll([rows, history]) };
}

export async function openStores(places: DatabasePlaces): Promise<Stores> {
  const database = await openConfigDatabase(places);
  try {
    const measurements = await openMeasurements(places);
    const { client, applied } = database;
    return { ...measurements, client, applied, close: () => closeAll([database, measurements]) };
  } catch (error) {
    await database.close();
    throw error;
  }
}
