/**
 * The bare baseline, a process of its own: an MQTT broker without rights, one subscriber, the values of each frame into a table of the same database with the
 * same durability. No checks, no duplicates, no watermarks, no announcements. Neighbours: ingest-rate.ts and outage-drain.ts start it.
 */
import { createServer } from 'node:net';
import { decodeBackfill, type Frame } from '@slmm/protocol';
import { Aedes } from 'aedes';
import Libsql from 'libsql';
import { onOrder, tell } from './child.ts';
import { totalFrames } from './load.ts';

const COLUMNS = 26;
const file = process.argv[2] ?? '';
const database = new Libsql(file);
database.exec('PRAGMA journal_mode = WAL');
database.exec('PRAGMA synchronous = FULL');
database.exec(`CREATE TABLE readings (unit TEXT, epoch TEXT, seq INTEGER, at TEXT, src TEXT, run TEXT, lp REAL, leq REAL, le REAL, lmax REAL, lmin REAL, lpeak REAL,
  ln1 REAL, ln2 REAL, ln3 REAL, ln4 REAL, ln5 REAL, over INTEGER, under INTEGER, i_s REAL, i_leq REAL, i_lmax REAL, i_lmin REAL, i_lpeak REAL, i_basis TEXT, settings TEXT,
  PRIMARY KEY (at, unit)) WITHOUT ROWID`);
const insert = database.prepare(`INSERT OR IGNORE INTO readings VALUES (${Array(COLUMNS).fill('?').join(', ')})`);

let expected = Infinity;
let stored = 0;
let waiting: Frame[] = [];

function store(): void {
  if (waiting.length > 0) {
    const frames = waiting;
    waiting = [];
    database.exec('BEGIN');
    for (const frame of frames) insert.run(valuesOf(frame));
    database.exec('COMMIT');
    stored += frames.length;
    if (stored >= expected) {
      expected = Infinity;
      tell({ kind: 'stored', atMs: Date.now(), rows: stored });
    }
  }
  setTimeout(store, 10);
}

function valuesOf(frame: Frame): unknown[] {
  const { unit, epoch, seq, at, src, run, lp, leq, le, lmax, lmin, lpeak, ln, over, under, interval, settings } = frame;
  const inside = [interval?.s, interval?.leq, interval?.lmax, interval?.lmin, interval?.lpeak, interval?.basis].map(
    (value) => value ?? null,
  );
  return [
    unit,
    epoch,
    seq,
    at,
    src,
    run,
    lp,
    leq,
    le,
    lmax,
    lmin,
    lpeak,
    ...ln,
    over ? 1 : 0,
    under ? 1 : 0,
    ...inside,
    settings,
  ];
}

function take(payload: Uint8Array): void {
  if (payload[0] === 0x7b) waiting.push(JSON.parse(Buffer.from(payload).toString()) as Frame);
  else {
    const batch = decodeBackfill(payload);
    if (batch.kind === 'ok' && batch.value.kind === 'frames') waiting.push(...batch.value.frames);
  }
}

const broker = await Aedes.createBroker({ concurrency: 0 });
for (const topic of ['slmm/v1/+/+/dod', 'slmm/v1/+/+/backfill'])
  broker.subscribe(
    topic,
    (packet, done) => {
      take(packet.payload as Uint8Array);
      done();
    },
    () => undefined,
  );
const server = createServer(broker.handle);
onOrder((order) => {
  if (order.kind === 'go') expected = stored + totalFrames(order.load);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  tell({ kind: 'port', port: typeof address === 'object' && address !== null ? address.port : 0, httpPort: 0 });
  store();
});
