// `npm test`: installs, builds and runs the whole gate. The last line is always `N passed, N failed`.
import { requireNode } from '../prepare/node-version.mjs';

requireNode();
const { runCheck } = await import('./check.mjs');
process.exitCode = await runCheck();
