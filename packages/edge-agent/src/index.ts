/** The edge agent for those who start it in their own process: tests, benches, the simulation. */
export type { FrameDraft, Outlet } from './acquisition/outlet.ts';
export type { Units } from './acquisition/units.ts';
export { DirectoryInUse } from './adapters/disk/directory-lock.ts';
export { type Edge, type EdgeSurroundings, startEdge } from './edge.ts';
export type { Disk } from './journal/disk.ts';
export { type Journal, type JournalOptions, openJournal } from './journal/journal.ts';
export { PowerCut, SimDisk } from './journal/sim-disk.ts';
export { EDGE_SETTINGS, type EdgeSettings, readEdgeSettings } from './settings.ts';
export type { BusClient, BusListener, BusMessage } from './uplink/bus-client.ts';
export type { DurableText } from './uplink/durable-text.ts';
export { Uplink, type UplinkOptions, type UplinkParts } from './uplink/uplink.ts';
