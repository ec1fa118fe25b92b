/** The edge agent for those who start it in their own process: tests, benches, the demo. */
export type { FrameDraft, Outlet } from './acquisition/outlet.ts';
export { createUnits, type UnitsParts } from './acquisition/running-units.ts';
export type { Units } from './acquisition/units.ts';
export { openTcpMeterLink } from './adapters/tcp/tcp-meter-link.ts';
export { probeTcpPort } from './adapters/tcp/tcp-port-probe.ts';
export { type Edge, type EdgeSurroundings, startEdge } from './edge.ts';
export { EDGE_SETTINGS, type EdgeSettings, readEdgeSettings } from './settings.ts';
