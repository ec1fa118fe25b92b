export { energyOf, equivalentLevel, levelOf, roundForDisplay } from './acoustics/decibel.ts';
export { type Closeable, closeAll } from './lifecycle/closeable.ts';
export { DirectoryInUse, lockDirectory } from './lifecycle/directory-lock.ts';
export { InvariantError } from './lifecycle/invariant-error.ts';
export { runUntilSignal } from './lifecycle/run-program.ts';
export { Turns } from './lifecycle/turns.ts';
export { createLogger, LOG_LEVELS, type Logger, type LogLevel } from './log/logger.ts';
export { SeldomLog } from './log/seldom-log.ts';
export { BROKER_URL_EXPECTED, isBrokerUrl } from './mqtt/broker-url.ts';
export { connectFault, unansweredFault } from './mqtt/connect-fault.ts';
export { type BackOff, backOffDelayMs } from './retry/back-off.ts';
export { CONTRACT_NAMES } from './settings/contract-names.ts';
export {
  describeSettings,
  environmentName,
  readSettings,
  type SettingsResult,
  type SettingTable,
  type SettingValues,
} from './settings/settings.ts';
export { type Clock, systemClock } from './time/clock.ts';
export { FakeClock } from './time/fake-clock.ts';
export { fromInstant, toInstant } from './time/instant.ts';
