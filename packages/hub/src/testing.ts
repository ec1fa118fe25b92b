// Parts of the hub that tests outside of this package take one by one: every implementation of a port passes the port's contract test (tests/contracts).
export { Access } from './access/access.ts';
export type { AccessStore } from './access/access-store.ts';
export { hashSecret } from './access/secret.ts';
export { AedesBroker } from './adapters/broker/aedes-broker.ts';
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
