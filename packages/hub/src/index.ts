export { type HubDependencies, type RunningHub, startHub } from './hub.ts';
export { ListenError } from './listen-fault.ts';
export { HUB_SETTINGS, type HubSettings, readHubSettings } from './settings.ts';
export type { Fleet, FleetListener, UnitConfig } from './fleet/fleet.ts';
export { MemoryReadingStore } from './adapters/memory/memory-reading-store.ts';
export { PostgresReadingStore } from './adapters/postgres/postgres-reading-store.ts';
export { SqliteReadingStore } from './adapters/sqlite/sqlite-reading-store.ts';
export {
  type DeadLetter,
  MAX_DEAD_LETTERS,
  type Reading,
  type ReadingBatch,
  type ReadingQuery,
  type ReadingStore,
  type StreamRecord,
} from './history/reading-store.ts';
