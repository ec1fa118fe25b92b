/** An edge agent with made-up meters, as a process of its own that a test can kill: `edge-under-fire.ts UNITS EVERY_MS`, settings from the environment. */
import { readEdgeSettings, startEdge } from '@slmm/edge-agent';
import { createLogger, runUntilSignal } from '@slmm/shared';
import { madeUpUnits } from '../journeys/made-up-units.ts';

const [count = '4', everyMs = '10'] = process.argv.slice(2);
const result = readEdgeSettings([], process.env);
if (result.kind !== 'ok') throw new Error(JSON.stringify(result));
const log = createLogger('edge-under-fire', result.settings.logLevel);
const names = Array.from({ length: Number(count) }, (_, index) => `u${index + 1}`);
const edge = await startEdge(result.settings, { log, createUnits: (outlet) => madeUpUnits(outlet, names, Number(everyMs)) });
runUntilSignal(edge, log);
process.stdout.write('running\n');
