/** What goes onto the wire for one command: the outcome, with the faults of the link applied. Pure but for the dice, which come in. */
import type { FaultSet } from '../faults/fault-set.ts';
import { garbleDod } from '../faults/garble.ts';
import type { Outcome } from '../meter/execute.ts';

export interface Reply {
  /** The command line in lower case. */
  readonly command: string;
  readonly delayMs: number;
  /** Everything up to the last CR LF; empty when the answer gets lost. */
  readonly text: string;
  /** The data line as sent, when there is one. */
  readonly dataLine: string | null;
  /** The connection is reset behind it. */
  readonly resets: boolean;
}

/** `dice` gives numbers in [0, 1). `latencyMs` is the meter's own time to answer. */
export function composeReply(
  command: string,
  outcome: Outcome,
  options: { readonly faults: FaultSet; readonly echo: boolean; readonly latencyMs: number; readonly dice: () => number },
): Reply {
  const { faults } = options;
  const dataLine = outcome.line === undefined ? null : alteredLine(command, outcome.line, faults);
  const lost = faults.strike('F7');
  const link = linkDelay(faults, options.dice);
  const late = faults.strike('F6');
  const lines = [
    ...(options.echo ? [command] : []),
    lost?.part === 'code-end' ? `R+${outcome.code.slice(0, 2)}` : `R+${outcome.code}`,
  ];
  if (dataLine !== null && lost?.part !== 'data-line' && lost?.part !== 'connection') lines.push(dataLine);
  return {
    command: command.toLowerCase(),
    delayMs: options.latencyMs + (link ?? 0) + (late?.delayMs ?? 0),
    text: lost?.part === 'all' || link === null ? '' : lines.map((line) => `${line}\r\n`).join(''),
    dataLine: lost === null ? dataLine : null,
    resets: lost?.part === 'connection',
  };
}

/** Extra delay of a poor link (F17); `null` when it loses the answer. */
function linkDelay(faults: FaultSet, dice: () => number): number | null {
  const link = faults.get('F17');
  if (link === null) return 0;
  if (dice() < link.lossShare) return null;
  if (dice() < link.spikeShare) return link.spikeMs;
  return link.minMs + dice() * Math.max(0, link.maxMs - link.minMs);
}

function alteredLine(command: string, line: string, faults: FaultSet): string {
  switch (command.toLowerCase()) {
    case 'dod?': {
      const shape = faults.strike('F10');
      return shape === null ? line : garbleDod(line, shape.mode);
    }
    case 'measure?':
      return faults.strike('F20')?.text ?? line;
    default:
      return line;
  }
}
