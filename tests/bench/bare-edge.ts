/**
 * The bare baseline of the edge benchmark, a process of its own: the same meters asked the same question at the same pace, each answer published as it came. No session
 * machine, no checks, no journal, no watermark, no state. Neighbours: edge.ts starts it.
 */
import { connect } from 'node:net';
import { connectAsync } from 'mqtt';

const [mqttUrl = '', ports = ''] = process.argv.slice(2);
const client = await connectAsync(mqttUrl, { username: 'bare', clientId: 'bare' });
for (const port of ports.split(',').map(Number)) {
  const socket = connect(port, '127.0.0.1');
  let held = '';
  socket.on('connect', () => socket.write('DOD?\r\n'));
  socket.on('data', (bytes) => {
    held += bytes.toString('latin1');
    const lines = held.split('\r\n');
    if (lines.length < 3) return;
    held = '';
    client.publish(`bare/${port}`, JSON.stringify({ at: new Date().toISOString(), levels: lines[1]?.split(',').map(Number) }), {
      qos: 1,
    });
    setTimeout(() => socket.write('DOD?\r\n'), 1010);
  });
}
