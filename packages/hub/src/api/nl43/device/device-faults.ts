// What went wrong between the hub, the edge and the meter, in SLMM's words. Pure.
import type { CommandError } from '@slmm/protocol';
import type { UnitView } from '../../../fleet/fleet.ts';
import type { Answer } from '../../route.ts';
import { fault } from '../faults.ts';

/**
 * SLMM 0.4.0 had three ways of telling a failure, by route: `plain` says what happened, `masked` hides it behind one sentence,
 * and `wrapped` puts a sentence before it and answers 500.
 */
export type FaultStyle = 'plain' | 'masked' | { readonly wrapped: string };

/** A failure between edge and meter, as status and sentence. */
export interface DeviceFault {
  readonly status: number;
  readonly detail: string;
  /** The meter could not be spoken to at all, so the next question would fail alike. */
  readonly isLost: boolean;
}

/** What the meter's result codes meant in SLMM. */
const RESULT_TEXTS: Readonly<Record<string, string>> = {
  '0001': 'Command error - device did not recognize command',
  '0002': 'Parameter error - invalid parameter value',
  '0003': 'Spec/type error - command not supported by this device model',
  '0004': 'Status error - device is in wrong state for this command',
};

export const TCP_DISABLED = 'TCP communication is disabled for this device';
export const MASKED_DETAIL = 'Failed to communicate with device';
const TIMEOUT = 'Device communication timeout';

/** Why nobody can be asked, told without asking; `null` while somebody can. */
export function awayFault({ config, edgeOnline }: UnitView): DeviceFault | null {
  if (config.edge === null)
    return { status: 503, detail: 'No edge is responsible for this device: enrol one, or set its edge_id', isLost: true };
  return edgeOnline
    ? null
    : { status: 503, detail: `The edge '${config.edge}' of this device is not connected to the hub`, isLost: true };
}

/** The failure of a command. */
export function deviceFault(view: UnitView, error: CommandError, style: FaultStyle): DeviceFault {
  const away = awayFault(view);
  if (away !== null) return away;
  const { status, detail, isLost } = plainFault(view, error);
  if (status === 501 || status === 503 || status === 403) return { status, detail, isLost };
  if (typeof style === 'object') return { status: 500, detail: `${style.wrapped}: ${detail}`, isLost };
  if (style === 'masked' && isLost && status === 502) return { status, detail: MASKED_DETAIL, isLost };
  if (style === 'masked' && error.code === 'garbled') return { status: 502, detail: 'Device returned invalid data', isLost };
  return { status, detail, isLost };
}

export const answerOfFault = ({ status, detail }: DeviceFault): Answer => fault(status, detail);

function plainFault(view: UnitView, { code, message, result_code }: CommandError): DeviceFault {
  const says = (status: number, detail: string, isLost = false): DeviceFault => ({ status, detail, isLost });
  switch (code) {
    case 'refused-by-meter':
      return says(502, (result_code === null ? undefined : RESULT_TEXTS[result_code]) ?? message);
    case 'bad-args':
      // What the edge does not let through is what the meter would have refused.
      return says(502, RESULT_TEXTS[message.includes('channel') ? '0001' : '0002'] ?? message);
    case 'unreachable':
      return says(502, `Failed to connect to device: ${connectionText(view, message)}`, true);
    case 'timeout':
      return says(504, TIMEOUT, true);
    case 'garbled':
      return says(502, `Unknown result code: ${message}`);
    case 'unknown-op':
      return says(501, `The edge '${view.config.edge ?? ''}' cannot do this yet: update it`);
    case 'disabled':
      return says(403, TCP_DISABLED, true);
    case 'unknown-unit':
      return says(503, `The edge '${view.config.edge ?? ''}' has not taken this device over yet; try again shortly`, true);
    case 'busy':
    case 'expired':
    case 'repeated':
      return says(503, message);
    case 'failed':
      return says(502, message);
  }
}

/** A refused connection keeps the words that Python's asyncio had for it. */
function connectionText({ config, state }: UnitView, message: string): string {
  const isRefused = state?.link === 'refused' || /refus/i.test(message);
  return isRefused ? `[Errno 111] Connect call failed ('${config.host}', ${config.tcpPort})` : message;
}
