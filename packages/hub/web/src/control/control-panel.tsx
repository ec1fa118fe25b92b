import { useEffect, useState } from 'preact/hooks';
import type { UnitView } from '../fleet/fleet-model.ts';
import { TimeText } from '../shell/time-text.tsx';
import { useAsked } from '../shell/use-asked.ts';
import { useHubState } from '../shell/use-hub.ts';
import { type CommandView, fileAddress, giveCommand, readCommands } from './command-api.ts';
import { broughtFile, commandName, commandSentence } from './command-text.ts';
import { type Order, ordersFor } from './orders.ts';

/** While a command runs somebody watches it. */
const BUSY_EVERY_MS = 1_500;
const IDLE_EVERY_MS = 15_000;

/** What can be ordered of the meter, and what became of the last orders. Only for those who may give them. */
export function ControlPanel({ view }: { readonly view: UnitView }) {
  const { session } = useHubState();
  const [isBusy, setBusy] = useState(false);
  const { value, again } = useAsked(() => readCommands(view.unit), isBusy ? BUSY_EVERY_MS : IDLE_EVERY_MS, view.unit);
  const [problem, setProblem] = useState<string | null>(null);
  const commands = value?.commands ?? [];
  const isRunning = commands.some(({ state }) => state === 'running');
  useEffect(() => setBusy(isRunning), [isRunning]);
  if (session.name !== 'signed-in' || session.view === null || session.view.role === 'viewer') return null;

  const give = async ({ op, args, confirm }: Pick<Order, 'op' | 'args' | 'confirm'>): Promise<void> => {
    if (confirm !== null && !window.confirm(confirm)) return;
    const answer = await giveCommand(view.unit, op, args);
    setProblem(answer.kind === 'failed' ? answer.reason : null);
    setBusy(true);
    again();
  };
  return (
    <section class="panel" aria-labelledby="control-head">
      <h2 id="control-head">Control</h2>
      <p class="buttons">
        {ordersFor(view.unit, { run: view.run, link: view.link }).map((order) => (
          <button key={order.op} type="button" class="quiet" onClick={() => void give(order)}>
            {order.label}
          </button>
        ))}
      </p>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <ul class="commands" aria-live="polite">
        {commands.map((command) => (
          <CommandLine key={command.id} unit={view.unit} command={command} abort={() => void give(ABORT)} />
        ))}
      </ul>
    </section>
  );
}

const ABORT = { op: 'abort', args: {}, confirm: null } as const;
/** Orders of many steps, which can be ended between two of them. */
const MANY_STEPS: ReadonlySet<string> = new Set(['cycle-start', 'cycle-stop', 'file-get', 'folder-get']);

function CommandLine({
  unit,
  command,
  abort,
}: {
  readonly unit: string;
  readonly command: CommandView;
  readonly abort: () => void;
}) {
  return (
    <li class={command.state}>
      <strong>{commandName(command.op)}</strong> <TimeText at={command.at} /> {command.by}: {commandSentence(command)}{' '}
      {broughtFile(command) && (
        <a href={fileAddress(unit, command.id)} download>
          Save the file
        </a>
      )}
      {command.state === 'running' && MANY_STEPS.has(command.op) && (
        <button type="button" class="quiet" onClick={abort}>
          Abort
        </button>
      )}
    </li>
  );
}
