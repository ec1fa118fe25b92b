// What went wrong between the hub, the edge and the meter, in SLMM's words. Pure.
import type { CommandError } from '@slmm/protocol';
import type { UnitView } from '../../../fleet/fleet.ts';
import type { Answer } from '../../route.ts';
import { fault } from '../faults.ts';

/**
 * SLMM 0.4.0 had several ways of telling a failure, by route: `plain` says what happened, `masked` hides a lost link behind one sentence,
 * `reading` calls everything that is no reading invalid data, and `wrapped` puts a sentence before it and answers 500.
 */
export type FaultStyle = 'plain' | 'masked' | 'reading' | { readonly wrapped: string };

/**
 * `away`: the edge cannot be asked, or will not. `lost`: the meter could not be reached, or hung up. `silent`: it did not answer in time.
 * `refused`: it answered R+0001..4, or would have. `garbled`: its answer makes no sense. `failed`: anything else, in the edge's words.
 */
export type FaultKind = 'away' | 'lost' | 'silent' | 'refused' | 'garbled' | 'failed';

/** A failure between hub and meter, as status and sentence. */
export interface DeviceFault {
  readonly kind: FaultKind;
  readonly status: number;
  readonly detail: string;
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
const INVALID_DATA = 'Device returned invalid data';
const TIMEOUT = 'Device communication timeout';

/** Whether the meter could not be spoken to at all, so that the next question would fail alike. */
export const isLost = ({ kind }: DeviceFault): boolean => kind === 'away' || kind === 'lost' || kind === 'silent';

/** Why nobody can be asked, told without asking; `null` while somebody can. */
export function awayFault({ config, edgeOnline }: UnitView): DeviceFault | null {
  if (config.edge === null) return away(503, 'No edge is responsible for this device: enrol one, or set its edge_id');
  return edgeOnline ? null : away(503, `The edge '${config.edge}' of this device is not connected to the hub`);
}

/** The failure of a command. */
export function deviceFault(view: UnitView, error: CommandError, style: FaultStyle): DeviceFault {
  const found = awayFault(view) ?? plainFault(view, error);
  const { kind, detail } = found;
  if (kind === 'away' || style === 'plain') return found;
  if (typeof style === 'object') return { kind, status: 500, detail: `${style.wrapped}: ${detail}` };
  if (kind === 'lost') return { kind, status: 502, detail: MASKED_DETAIL };
  const isInvalid = kind === 'garbled' || (kind === 'refused' && style === 'reading');
  return isInvalid ? { kind, status: 502, detail: INVALID_DATA } : found;
}

export const answerOfFault = ({ status, detail }: DeviceFault): Answer => fault(status, detail);

const away = (status: number, detail: string): DeviceFault => ({ kind: 'away', status, detail });

function plainFault(view: UnitView, error: CommandError): DeviceFault {
  const { code, message, result_code: result } = error;
  const edge = view.config.edge ?? '';
  // What the edge does not let through is what the meter would have refused.
  const refusal = result === null ? undefined : RESULT_TEXTS[result];
  if (refusal !== undefined) return { kind: 'refused', status: 502, detail: refusal };
  switch (code) {
    case 'refused-by-meter':
      return { kind: 'refused', status: 502, detail: message };
    case 'bad-args':
      return { kind: 'refused', status: 502, detail: RESULT_TEXTS[message.includes('channel') ? '0001' : '0002'] ?? message };
    case 'unreachable':
      return unreachableFault(view, message);
    case 'timeout':
      return { kind: 'silent', status: 504, detail: TIMEOUT };
    case 'garbled':
      return { kind: 'garbled', status: 502, detail: garbledText(message) };
    case 'unknown-op':
      return away(501, `The edge '${edge}' cannot do this yet: update it`);
    case 'disabled':
      return view.config.tcpEnabled
        ? away(503, `The edge '${edge}' holds this device back: ${message}`)
        : away(403, TCP_DISABLED);
    case 'unknown-unit':
      return away(503, `The edge '${edge}' has not taken this device over yet; try again shortly`);
    case 'busy':
    case 'expired':
    case 'repeated':
      return away(503, message);
    case 'failed':
      return { kind: 'failed', status: 502, detail: message };
  }
}

/**
 * The edge does not ask a meter of which it knows that it cannot be reached; what it knows decides what SLMM would have found on trying.
 * A refused connection keeps the words that Python's asyncio had for it.
 */
function unreachableFault({ config, state }: UnitView, message: string): DeviceFault {
  if (/ was sent, but /.test(message)) return { kind: 'lost', status: 502, detail: '[Errno 104] Connection reset by peer' };
  const link = state?.link;
  if (link === 'timeout' || link === 'asleep') return { kind: 'silent', status: 504, detail: TIMEOUT };
  if (link === 'garbled') return { kind: 'garbled', status: 502, detail: garbledText(state?.reason ?? message) };
  const isRefused = link === 'refused' || link === 'wedged' || /refus/i.test(message);
  const text = isRefused ? `[Errno 111] Connect call failed ('${config.host}', ${config.tcpPort})` : message;
  return { kind: 'lost', status: 502, detail: `Failed to connect to device: ${text}` };
}

/** The edge's sentence on an answer that makes no sense ends with the line that came. */
function garbledText(message: string): string {
  const code = /expected a result code, got "((?:[^"\\]|\\.)*)"/.exec(message)?.[1];
  return code === undefined ? `${INVALID_DATA}: ${message}` : `Unknown result code: ${code}`;
}
