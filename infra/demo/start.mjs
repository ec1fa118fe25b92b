// `npm start`: three simulated meters, one edge agent and the hub on this machine.
// Nothing but Node and npm may be there yet, so this file only checks Node (in words that old ones understand) and hands over.
import { requireNode } from '../prepare/node-version.mjs';

requireNode();
const { runDemo } = await import('./demo.mjs');
process.exitCode = await runDemo();
