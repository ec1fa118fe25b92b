// Parts of the edge agent that tests outside of this package and the simulation take one by one.
export { UnitMemory } from './acquisition/unit-memory.ts';
export { CommandRelay } from './adapters/relay/command-relay.ts';
export { MqttRelay } from './adapters/relay/mqtt-relay.ts';
export { FileSpool } from './adapters/disk/file-spool.ts';
export { openFtpCard } from './adapters/ftp/ftp-card.ts';
export { CardTransfers } from './card/card-transfers.ts';
export { MqttBusClient } from './adapters/mqtt/mqtt-bus-client.ts';
export { NodeDisk } from './adapters/disk/node-disk.ts';
export type { Disk } from './journal/disk.ts';
export { type Journal, type JournalOptions, openJournal } from './journal/journal.ts';
export { PowerCut, SimDisk } from './journal/sim-disk.ts';
export { METER_TIMING, type SessionTiming } from './meter-session/session-timing.ts';
export type { BusClient, BusListener, BusMessage } from './uplink/bus-client.ts';
export type { DurableText } from './uplink/durable-text.ts';
export { PACE } from './uplink/pace.ts';
export { Uplink, type UplinkOptions, type UplinkParts } from './uplink/uplink.ts';
