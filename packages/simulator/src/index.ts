export { FAULT_IDS, type FaultId, type FaultParams } from './faults/fault-table.ts';
export { parseLevelSeries, playSeries } from './levels/level-series.ts';
export { type LevelSource } from './levels/level-source.ts';
export { type ReportView } from './meter-report.ts';
export { type Attempt, MemoryNetwork } from './memory/memory-network.ts';
export { type NetworkedMeter } from './networked-meter.ts';
export { METER_DEFAULTS, type MeterOptions } from './options.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';
export { SETTINGS as SIMULATOR_SETTINGS } from './settings.ts';
