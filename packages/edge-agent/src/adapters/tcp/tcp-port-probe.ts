import { connect } from 'node:net';
import type { ProbePort } from '../../diagnosis/port-probe.ts';

const PROBE_LIMIT_MS = 3000;

/** {@link ProbePort} over TCP: connects and closes again without a byte. */
export const probeTcpPort: ProbePort = ({ host, port }) =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PROBE_LIMIT_MS });
    const finish = (answer: 'open' | 'refused' | 'silent'): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish('open'));
    socket.once('timeout', () => finish('silent'));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED' ? 'refused' : 'silent'));
  });
