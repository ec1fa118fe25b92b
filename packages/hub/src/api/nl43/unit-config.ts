import type { UnitConfig } from '../../fleet/fleet.ts';
import { MASKED, type UnitChange } from './unit-fields.ts';

// Between SLMM's names and the fleet's. Pure.

/** What a unit is before anybody said anything of it. SLMM's defaults. */
export function newUnit(unit: string): UnitConfig {
  return {
    unit,
    edge: null,
    host: '127.0.0.1',
    tcpPort: 2255,
    ftpPort: 21,
    tcpEnabled: true,
    ftpEnabled: false,
    webEnabled: false,
    ftpUsername: null,
    ftpPassword: null,
    pollEnabled: true,
    pollIntervalSeconds: 60,
    monitorEnabled: true,
    acquisition: 'dod',
    timezone: null,
  };
}

/** The unit with what was said changed; a masked password that comes back is no change. */
export function changed(unit: UnitConfig, change: UnitChange): UnitConfig {
  return {
    unit: unit.unit,
    edge: change.edge_id ?? unit.edge,
    host: change.host ?? unit.host,
    tcpPort: change.tcp_port ?? unit.tcpPort,
    ftpPort: change.ftp_port ?? unit.ftpPort,
    tcpEnabled: change.tcp_enabled ?? unit.tcpEnabled,
    ftpEnabled: change.ftp_enabled ?? unit.ftpEnabled,
    webEnabled: change.web_enabled ?? unit.webEnabled,
    ftpUsername: change.ftp_username ?? unit.ftpUsername,
    ftpPassword: change.ftp_password === MASKED ? unit.ftpPassword : (change.ftp_password ?? unit.ftpPassword),
    pollEnabled: change.poll_enabled ?? unit.pollEnabled,
    pollIntervalSeconds: change.poll_interval_seconds ?? unit.pollIntervalSeconds,
    monitorEnabled: change.monitor_enabled ?? unit.monitorEnabled,
    acquisition: change.acquisition === 'dod' || change.acquisition === 'drd' ? change.acquisition : unit.acquisition,
    timezone: change.timezone ?? unit.timezone,
  };
}

/** A unit's configuration without its secret. */
export function shownConfig(unit: UnitConfig) {
  return {
    unit_id: unit.unit,
    host: unit.host,
    tcp_port: unit.tcpPort,
    ftp_port: unit.ftpPort,
    tcp_enabled: unit.tcpEnabled,
    ftp_enabled: unit.ftpEnabled,
    ftp_username: unit.ftpUsername,
    ftp_password: unit.ftpPassword === null ? null : MASKED,
    web_enabled: unit.webEnabled,
  };
}
