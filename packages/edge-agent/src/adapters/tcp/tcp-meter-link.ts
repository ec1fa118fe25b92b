import { connect } from 'node:net';
import type { MeterAddress, MeterLink, MeterLinkEvents } from '../../meter-session/meter-link.ts';

/** Carrier NAT forgets idle flows after 30 to 60 s; probes from 15 s on also find a dead peer within half a minute. */
const KEEPALIVE_MS = 15_000;
/** How long the meter may take to answer our FIN. */
const FIN_LIMIT_MS = 1000;

/** {@link OpenMeterLink} over TCP. */
export function openTcpMeterLink(address: MeterAddress, events: MeterLinkEvents): MeterLink {
  const socket = connect({ ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS });
  let isConnected = false;
  let isClosing = false;
  let fault: NodeJS.ErrnoException | null = null;
  let finLimit: NodeJS.Timeout | null = null;

  socket.on('connect', () => {
    isConnected = true;
    events.connected();
  });
  socket.on('data', (chunk) => {
    if (!isClosing) events.bytes(chunk);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    fault = error;
  });
  socket.on('close', () => {
    if (finLimit !== null) clearTimeout(finLimit);
    events.ended(isConnected ? 'closed' : causeOf(fault), describeFault(fault));
  });

  return {
    send: (bytes) => {
      if (isConnected && !isClosing) socket.write(bytes);
    },
    close: () => {
      if (isClosing) return;
      isClosing = true;
      if (!isConnected) {
        socket.destroy();
        return;
      }
      socket.end();
      finLimit = setTimeout(() => socket.destroy(), FIN_LIMIT_MS);
    },
  };
}

function causeOf(fault: NodeJS.ErrnoException | null): 'refused' | 'unreachable' | 'unanswered' {
  if (fault?.code === 'ECONNREFUSED' || fault?.code === 'ECONNRESET') return 'refused';
  return fault?.code === 'ETIMEDOUT' ? 'unanswered' : 'unreachable';
}

function describeFault(fault: NodeJS.ErrnoException | null): string {
  switch (fault?.code) {
    case undefined:
      return 'the meter closed the connection';
    case 'ECONNREFUSED':
      return 'the meter refused the connection';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the meter reset the connection';
    case 'ETIMEDOUT':
      return 'the meter no longer answers on the network';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'there is no way to the meter on the network';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name of the meter is not known to the name server';
    default:
      return fault?.message ?? 'unknown fault';
  }
}
