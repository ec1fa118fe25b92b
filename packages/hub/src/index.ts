export { type HubDependencies, type RunningHub, startHub } from './hub.ts';
export { ListenError } from './listen-fault.ts';
export { HUB_SETTINGS, type HubSettings, readHubSettings } from './settings.ts';
export type { Fleet, FleetListener, UnitConfig } from './fleet/fleet.ts';
