/** The program `slmm-hub`: reads the settings, starts the hub, ends it on a signal. The first word may name another task. */
import { createLogger, describeSettings, DirectoryInUse, runUntilSignal } from '@slmm/shared';
import { CertificateError } from './adapters/tls/certificate.ts';
import { startHub } from './hub.ts';
import { importLevelsTask } from './import-levels-task.ts';
import { importSlmmTask } from './import-slmm-task.ts';
import { ListenError } from './listen-fault.ts';
import { HUB_SETTINGS, type HubSettings, readHubSettings } from './settings.ts';

const PURPOSE = 'takes what edges measure, keeps it, shows it and alerts';

/** Something else than running the hub. It gets the words after its name and returns the exit code. */
interface Task {
  readonly what: string;
  readonly run: (words: readonly string[]) => Promise<number>;
}

/** Tasks by their first word. */
const TASKS: ReadonlyMap<string, Task> = new Map([
  ['import-levels', { what: 'puts a series of other origin into the history of a unit', run: importLevelsTask }],
  ['import-slmm', { what: 'takes over the database of an SLMM 0.4.0', run: importSlmmTask }],
]);

async function run(words: readonly string[]): Promise<number | 'running'> {
  const [first, ...rest] = words;
  if (first !== undefined && !first.startsWith('-')) {
    const task = TASKS.get(first);
    if (task !== undefined) return task.run(rest);
    return fail(2, [`there is no task '${first}'; there are: ${[...TASKS.keys()].join(', ')}; without one the hub runs`]);
  }
  const result = readHubSettings(words, process.env);
  if (result.kind === 'help') {
    process.stdout.write(`${describeSettings('slmm-hub', PURPOSE, HUB_SETTINGS)}\n${describeTasks()}`);
    return 0;
  }
  if (result.kind === 'mistakes') return fail(2, result.mistakes);
  return serve(result.settings);
}

function describeTasks(): string {
  const lines = [...TASKS].map(([name, { what }]) => `  slmm-hub ${name} --help\n      ${what}\n`);
  return `Other tasks, with the hub's own settings and some of their own:\n\n${lines.join('')}`;
}

async function serve(settings: HubSettings): Promise<number | 'running'> {
  const log = createLogger('slmm-hub', settings.logLevel);
  try {
    const hub = await startHub(settings, { log });
    process.stdout.write(greeting(settings, hub.httpPort, hub.newAdminToken));
    runUntilSignal(hub, log);
    return 'running';
  } catch (error) {
    if (error instanceof ListenError || error instanceof CertificateError || error instanceof DirectoryInUse)
      return fail(1, [error.message]);
    return fail(1, [`the hub could not start: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** What a person sees on standard output. The token stands there once and nowhere else. */
function greeting(settings: HubSettings, port: number, newAdminToken: string | null): string {
  const host = settings.httpHost === '0.0.0.0' || settings.httpHost === '::' ? 'localhost' : settings.httpHost;
  const address = `${settings.httpTlsCert === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const lines = [`The hub is at ${address}/`];
  if (newAdminToken !== null)
    lines.push(
      `Sign in once with this link, it is not shown again: ${address}/sign-in?token=${newAdminToken}`,
      `(the same token serves programs: Authorization: Bearer ${newAdminToken}; a lost one is replaced by starting with SLMM_ADMIN_TOKEN)`,
    );
  return `${lines.join('\n')}\n`;
}

function fail(code: number, lines: readonly string[]): number {
  process.stderr.write(`${lines.map((line) => `slmm-hub: ${line}`).join('\n')}\n`);
  return code;
}

const outcome = await run(process.argv.slice(2));
if (outcome !== 'running') process.exit(outcome);
