/**
 * The main job, measured: frames a second that the hub ingests durably, and the time from a meter's answer to a viewer, beside a bare baseline of the same run (`pnpm bench`).
 * Sender and receiver share the machine. Each measurement is one entry of `MEASUREMENTS`.
 */
import { measureIngest } from './ingest-rate.ts';
import { measureLatency } from './latency.ts';
import { BATCHES, LIVE, SCALE } from './loads.ts';
import { atLeast, type Result, tableOf, writeResults } from './result.ts';

const MEASUREMENTS: readonly ((say: (text: string) => void) => Promise<Result[]>)[] = [
  (say) => measureIngest('live frames, QoS 1, one message each', LIVE, atLeast(10_000), say),
  (say) => measureIngest('backfill, batches of 60 frames', BATCHES, atLeast(60_000), say),
  (say) => measureLatency(Math.ceil(30 * SCALE), say),
];

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const results: Result[] = [];
for (const measure of MEASUREMENTS) results.push(...(await measure(say)));
say(`\n${tableOf(results)}\n`);
say(
  'The baseline is an MQTT broker whose one subscriber writes the same values into the same kind of database, without any checks, as durably; for latency it is the broker alone, from one client to another. Of latencies the lower is the better.',
);
say(`Written to ${writeResults('main-job', results)}`);
