/** Something that a person may order of a meter, as a button. */
export interface Order {
  readonly op: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly label: string;
  /** Asked before it is given, where it cannot be taken back. */
  readonly confirm: string | null;
}

/** How long the slot is lent from the page; other times by REST. */
const LEND_MINUTES = 30;

/** The orders that make sense as the unit is now, those for the usual day first. Pure. */
export function ordersFor(unit: string, { run, link }: { readonly run: string; readonly link: string | null }): readonly Order[] {
  if (link === 'disabled' || link === 'standby') return [order('activate', {}, 'Take the meter back')];
  const measuring = [
    order('cycle-stop', { download: true }, 'Stop and fetch files', `Stop the measurement of ${unit} and fetch its files?`),
    order('measure-stop', {}, 'Stop', `Stop the measurement of ${unit}?`),
  ];
  const idle = [order('cycle-start', { sync_clock: true }, 'Set clock and start'), order('measure-start', {}, 'Start')];
  return [
    ...(run === 'Start' ? measuring : run === 'Stop' ? idle : [...idle, ...measuring]),
    order('diagnose', {}, 'Diagnose'),
    order('yield', { minutes: LEND_MINUTES }, `Lend the slot for ${LEND_MINUTES} min`, lendWarning(unit)),
    ...(link === 'wedged'
      ? [order('power-cycle', {}, 'Power-cycle the meter', `Let the relay of ${unit} switch it off and on?`)]
      : []),
  ];
}

const lendWarning = (unit: string): string =>
  `Leave ${unit} to another program for ${LEND_MINUTES} min? No frames come meanwhile; the edge comes back by itself.`;

function order(op: string, args: Order['args'], label: string, confirm: string | null = null): Order {
  return { op, args, label, confirm };
}
