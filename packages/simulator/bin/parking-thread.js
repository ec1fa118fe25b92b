/**
 * A thread that listens on ports and never answers, so that a connect to them times out as it does at a meter whose slot is taken.
 * How: each port gets a listening socket with the shortest accept queue, which two connections of our own fill; further SYNs are then
 * dropped by the kernel. Nobody must ever accept, so this thread must never come back to its event loop: it waits for orders in
 * `Atomics.wait` and lets sockets take their steps in `process.nextTick` alone.
 */
import net from 'node:net';
import { receiveMessageOnPort, workerData } from 'node:worker_threads';

const { orders, state } = workerData;
const [ORDERED, DONE, FAILED] = [0, 1, 2];
const parked = new Map();
const step = () => new Promise((resolve) => process.nextTick(resolve));

async function steps(count) {
  for (let index = 0; index < count; index += 1) await step();
}

async function park(host, port) {
  const server = net.createServer();
  let failed = false;
  server.on('error', () => (failed = true));
  server.listen({ host, port, backlog: 1 });
  await steps(6);
  if (failed || !server.listening) return false;
  const fillers = [0, 1].map(() => net.connect({ host, port }));
  for (const filler of fillers) filler.on('error', () => {});
  await steps(6);
  parked.set(port, { server, fillers });
  return true;
}

function release(port) {
  const { server, fillers } = parked.get(port) ?? { fillers: [] };
  parked.delete(port);
  server?.close();
  for (const filler of fillers) filler.destroy();
  return true;
}

let ended = false;
while (!ended) {
  Atomics.wait(state, ORDERED, 0);
  Atomics.store(state, ORDERED, 0);
  for (let order = receiveMessageOnPort(orders); order !== undefined; order = receiveMessageOnPort(orders)) {
    const { kind, host, port } = order.message;
    let done = true;
    if (kind === 'park') done = await park(host, port);
    else if (kind === 'release') done = release(port);
    else {
      for (const one of parked.keys()) release(one);
      ended = true;
    }
    Atomics.store(state, FAILED, done ? 0 : 1);
    Atomics.add(state, DONE, 1);
    Atomics.notify(state, DONE);
  }
}
orders.close();
