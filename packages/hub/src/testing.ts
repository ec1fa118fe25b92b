// Parts of the hub that tests outside of this package take one by one: every implementation of a port passes the port's contract test (tests/contracts).
export { Access } from './access/access.ts';
export type { AccessStore } from './access/access-store.ts';
export { hashSecret } from './access/secret.ts';
export { AedesBroker } from './adapters/broker/aedes-broker.ts';
export { CERTIFICATE, writeCertificate } from './adapters/tls/example-certificate.ts';
export { MemoryAccessStore } from './adapters/memory/memory-access-store.ts';
export { MemoryFleetStore } from './adapters/memory/memory-fleet-store.ts';
export { MqttHubBus } from './adapters/mqtt/mqtt-hub-bus.ts';
export { type ConfigDatabase, openConfigDatabase } from './adapters/prisma/config-database.ts';
export { PrismaAccessStore } from './adapters/prisma/prisma-access-store.ts';
export { PrismaFleetStore } from './adapters/prisma/prisma-fleet-store.ts';
export type { FleetStore, UnitConfig } from './fleet/fleet.ts';
export type { BusMessage, HubBus } from './fleet/hub-bus.ts';
export { createMetrics } from './metrics.ts';
export type { DatabasePlaces } from './settings.ts';
export { MemoryAlertStore } from './adapters/memory/memory-alert-store.ts';
export { PrismaAlertStore } from './adapters/prisma/prisma-alert-store.ts';
export type { AlertStore, FormerWording, OutboxEntry } from './alerts/alert-store.ts';
export { emptyCheckpoint } from './alerts/judging/unit-alerts.ts';
export { entryExample } from './notify/outbox-example.ts';
export { builtInRecord } from './alerts/built-in.ts';
export { ruleSchema } from './alerts/rules/rule.ts';
export { receiverSchema } from './notify/receiver.ts';
export { AlertEngine } from './alerts/engine.ts';
export { Outbox } from './notify/outbox.ts';
export { MemoryHistoryStore } from './adapters/memory/memory-history-store.ts';
export { PackedReadingStore } from './adapters/readings/packed-reading-store.ts';
export { WorkerHistoryStore } from './adapters/history/worker-history-store.ts';
export { DEFAULT_RETENTION, type HistoryStore, type Retention } from './history/history-store.ts';
export { importedReading } from './history/import/imported-reading.ts';
export { Ingest, type IngestParts } from './ingest/ingest.ts';
export { MemoryAnnotationStore } from './adapters/memory/memory-annotation-store.ts';
export { History, type Question } from './history/history.ts';
export { answerScheme } from './history/periods/scheme-answer.ts';
export { END_PARTS, generalScheme } from './history/periods/shipped-schemes.ts';
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
export { MemoryStatusNoteStore, MemoryUnitLogStore } from './adapters/memory/memory-unit-log-store.ts';
export { PrismaAnnotationStore } from './adapters/prisma/prisma-annotation-store.ts';
export { PrismaStatusNoteStore, PrismaUnitLogStore } from './adapters/prisma/prisma-unit-log-store.ts';
export { type StatusNoteStore, statusNoteSchema } from './fleet/status-note.ts';
export { type LogLine, MAX_UNIT_LOG_LINES, type UnitLogStore } from './fleet/unit-log.ts';
export type { AnnotationStore, CalibrationCheck, Mask } from './history/annotations.ts';
export { importSlmmTask } from './import-slmm-task.ts';
