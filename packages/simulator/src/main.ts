/** The program `nl43-sim`: reads settings, starts meters, prints their ports as one line of JSON on standard output, runs until a signal. */
import { readFileSync } from 'node:fs';
import { createLogger, describeSettings, readSettings, runUntilSignal } from '@slmm/shared';
import { parseLevelSeries } from './levels/level-series.ts';
import { ownEnvironment, SETTINGS } from './settings.ts';
import { startSimulator } from './simulator.ts';

/** The levels of a CSV file; throws one sentence that names the file. */
function readLevels(path: string): Float32Array {
  const series = parseLevelSeries(readFileSync(path, 'utf8'));
  if (series.kind === 'mistake') throw new Error(`${path}: ${series.reason}`);
  return series.levelsDb;
}

async function main(): Promise<void> {
  const result = readSettings(SETTINGS, { flags: process.argv.slice(2), environment: ownEnvironment(process.env) });
  if (result.kind === 'help') {
    process.stdout.write(describeSettings('nl43-sim', 'simulated sound level meters on real TCP ports', SETTINGS));
    return;
  }
  if (result.kind === 'mistakes') {
    process.stderr.write(`nl43-sim cannot start:\n${result.mistakes.map((one) => `  ${one}\n`).join('')}`);
    process.exitCode = 2;
    return;
  }
  const { values } = result;
  const log = createLogger('nl43-sim', values.logLevel);
  const simulator = await startSimulator({
    count: values.simCount,
    namePrefix: values.simNamePrefix,
    host: values.simHost,
    portBase: values.simPortBase,
    ftpPortBase: values.simFtpPortBase,
    ...(values.simControlPort === 'off' ? {} : { controlPort: values.simControlPort }),
    ...(values.simLevels === undefined ? {} : { levelsDb: readLevels(values.simLevels) }),
    seed: values.simSeed,
    measuring: values.simMeasuring,
    latencyMs: values.simLatencyMs,
    busy: values.simBusy,
    habits: { reset: values.simReset === 'accept', spaceAfterComma: values.simSpaceAfterComma === 'accept' },
    clockOffsetMs: values.simClockOffsetMs,
    waveMb: values.simWaveMb,
  });
  runUntilSignal(simulator, log);
  const meters = simulator.meters.map(({ name, host, port, ftpPort }) => ({ name, host, port, ftpPort }));
  process.stdout.write(`${JSON.stringify({ meters, controlPort: simulator.controlPort })}\n`);
  log.info({ meters: meters.length, controlPort: simulator.controlPort }, 'meters are listening');
}

main().catch((error: unknown) => {
  process.stderr.write(`nl43-sim cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
