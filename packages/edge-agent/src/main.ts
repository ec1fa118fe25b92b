/** `slmm-edge`: reads the settings, starts the agent, keeps it running until it is told to stop. */
import { createLogger, DirectoryInUse, runUntilSignal } from '@slmm/shared';
import { startEdge } from './edge.ts';
import { readEdgeSettings } from './settings.ts';

const result = readEdgeSettings(process.argv.slice(2), process.env);
if (result.kind === 'help') {
  process.stdout.write(result.text);
} else if (result.kind === 'mistakes') {
  process.stderr.write(`slmm-edge cannot start:\n${result.mistakes.map((mistake) => `  ${mistake}\n`).join('')}`);
  process.exitCode = 2;
} else {
  const log = createLogger('slmm-edge', result.settings.logLevel);
  try {
    const { edgeId, mqttUrl, uplink, dataDir } = result.settings;
    const edge = await startEdge(result.settings, { log });
    runUntilSignal(edge, log);
    log.info({ edge: edgeId, broker: mqttUrl, uplink, dataDir, epoch: edge.epoch }, 'the edge agent runs');
  } catch (error) {
    if (error instanceof DirectoryInUse) log.fatal(error.message);
    else log.fatal({ err: error, dataDir: result.settings.dataDir }, 'the agent cannot start');
    process.exitCode = 1;
  }
}
