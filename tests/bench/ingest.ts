/**
 * Delivery under load, measured beside the bare baseline in one run (`pnpm bench:ingest`): live frames, batches, the morning after an outage, ten times too much.
 * All processes share the machine. `SLMM_BENCH_SCALE=0.1` makes a short run.
 */
import { measureIngest } from './ingest-rate.ts';
import { BATCHES, LIVE, SCALE } from './loads.ts';
import { measureDrain } from './outage-drain.ts';
import { measureOverload } from './overload.ts';
import { atLeast, type Result, tableOf, writeResults } from './result.ts';

/** The outage is made so many times smaller. */
const OUTAGE_SCALE = 20;
const OVERLOAD_S = 180;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const live = await measureIngest('live frames, QoS 1, one message each', LIVE, atLeast(10_000), say);
const batches = await measureIngest('backfill, batches of 60 frames', BATCHES, atLeast(60_000), say);
const drain = await measureDrain(OUTAGE_SCALE / Math.min(1, SCALE), say);
const overload = await measureOverload(Math.ceil(OVERLOAD_S * SCALE), say);
const results: Result[] = [...live, ...batches, ...drain, ...overload];
say(`\n${tableOf(results)}\n`);
say(
  'The baseline is an MQTT broker whose one subscriber writes the same values into the same kind of database, without any checks, as durably. Sender, receiver, pacer and viewer are processes on one machine.',
);
say(`Written to ${writeResults('ingest', results)}`);
