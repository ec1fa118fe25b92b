// Installs packages and builds what is missing or stale. Both entry points (demo and check) go through here.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bold, dim, red, runStep, say } from './narrate.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const PACKAGES = [
  'packages/shared',
  'packages/protocol',
  'packages/simulator',
  'packages/edge-agent',
  'packages/hub',
  'packages/hub/web',
  'tests',
];
const MANIFESTS = ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', ...PACKAGES.map((path) => `${path}/package.json`)];

/** What is built, with what it is built from and a file that shows that it is there. The programs need the clients; the page needs neither. */
const STEPS = {
  generate: {
    what: 'generating the database clients',
    inputs: ['packages/hub/prisma', 'packages/hub/package.json'],
    proof: 'packages/hub/src/adapters/prisma/generated',
    run: (signal) =>
      runStep('generating the database clients', process.execPath, ['prisma/generate.mjs'], {
        cwd: join(ROOT, 'packages/hub'),
        quiet: true,
        signal,
      }),
  },
  compile: {
    what: 'compiling the programs',
    inputs: [
      'tsconfig.base.json',
      ...['shared', 'protocol', 'simulator', 'edge-agent', 'hub'].flatMap((name) => [
        `packages/${name}/src`,
        `packages/${name}/tsconfig.json`,
      ]),
      'packages/hub/prisma',
    ],
    proof: 'packages/hub/dist/main.js',
    run: (signal) =>
      // Types are the gate's business: a start does not wait for them.
      runStep(
        'compiling the programs',
        process.execPath,
        [
          tool('typescript', 'bin/tsc'),
          '-b',
          '--noCheck',
          ...['simulator', 'edge-agent', 'hub'].map((name) => `packages/${name}`),
        ],
        { cwd: ROOT, quiet: true, signal },
      ),
  },
  web: {
    what: 'building the page',
    inputs: ['packages/hub/web', 'packages/protocol/src/live'],
    proof: 'packages/hub/web/dist/index.html',
    run: (signal) =>
      runStep('building the page', process.execPath, [tool('vite', 'bin/vite.js'), 'build', '--logLevel', 'warn'], {
        cwd: join(ROOT, 'packages/hub/web'),
        // Whoever starts this: what is kept is the page as it is shipped.
        env: { ...process.env, NODE_ENV: 'production' },
        quiet: true,
        signal,
      }),
  },
};

/** A tool's own program file: started by this very Node, without a shell and without npx. */
export function tool(packageName, file) {
  return join(ROOT, 'node_modules', packageName, file);
}

/** Installs packages unless exactly these are installed already. Answers whether all is well. */
export async function install(signal) {
  const wanted = hashOf(ROOT, MANIFESTS, [process.platform, process.arch]);
  if (readStamp(ROOT, 'install') === wanted || (isInstalledByHand() && existsSync(tool('typescript', 'bin/tsc')))) return true;
  say(bold('Installing packages') + dim(' (the first time this takes about half a minute)'));
  const result = await runStep('installing packages', 'npx', ['-y', 'pnpm@12', 'install', '--reporter=append-only'], {
    cwd: ROOT,
    signal,
    // On Windows npx is a script that only a shell can start.
    shell: process.platform === 'win32',
  });
  if (signal?.aborted) return false;
  if (result.code !== 0) {
    say(
      red('The packages could not be installed.') +
        ' The lines above say why; without a network the first start is not possible.',
    );
    return false;
  }
  writeStamp(ROOT, 'install', wanted);
  say(dim(`  installed in ${result.took}`));
  return true;
}

/** pnpm keeps the lockfile it has installed; when it is ours, somebody ran pnpm and there is nothing to do. */
function isInstalledByHand() {
  try {
    return (
      readFileSync(join(ROOT, 'node_modules/.pnpm/lock.yaml'), 'utf8') === readFileSync(join(ROOT, 'pnpm-lock.yaml'), 'utf8')
    );
  } catch {
    return false;
  }
}

/** Builds what is missing or older than its sources, the page beside the programs. Answers whether all is well. */
export async function build(signal) {
  const tracks = [['generate', 'compile'], ['web']].map(async (names) => {
    for (const name of names) if (!(await buildStep(name, STEPS[name], signal))) return false;
    return true;
  });
  return (await Promise.all(tracks)).every(Boolean);
}

async function buildStep(name, step, signal) {
  const wanted = hashOf(ROOT, step.inputs, [readStamp(ROOT, 'install') ?? '']);
  if (readStamp(ROOT, name) === wanted && existsSync(join(ROOT, step.proof))) return true;
  say(bold(step.what.charAt(0).toUpperCase() + step.what.slice(1)));
  const result = await step.run(signal);
  if (signal?.aborted) return false;
  if (result.code !== 0) {
    say(red(`This went wrong while ${step.what}; the lines above say what.`));
    return false;
  }
  writeStamp(ROOT, name, wanted);
  say(dim(`  done ${step.what} in ${result.took}`));
  return true;
}
