/** Ten times what the hub can take, for minutes: what gets in is stored, the rest waits at its edge, and the hub's memory stays as it is. Neighbours: ingest.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child.ts';
import { atMost, median, type Result } from './result.ts';

const TIMES = 10;
const SAMPLE_MS = 1000;

export async function measureOverload(forS: number, say: (text: string) => void): Promise<Result[]> {
  say(`overload: 100 edges offer ${TIMES} times what the hub takes, for ${forS} s`);
  const directory = mkdtempSync(join(tmpdir(), 'slmm-bench-'));
  const hub = new Child('./whole-hub', [directory]);
  const sender = new Child('./flood');
  const rssMb: number[] = [];
  try {
    const [{ port }] = await Promise.all([hub.heard('port'), sender.heard('ready')]);
    const idleMb = (await hub.figures()).rssMb;
    const sending = sender.heard('sending');
    const flooded = sender.heard('flooded');
    sender.say({ kind: 'flood', port, flood: { edges: 100, unitsPerEdge: 10, window: 100, times: TIMES, forS } });
    await sending;
    for (const endMs = Date.now() + forS * 1000; Date.now() < endMs;) {
      rssMb.push((await hub.figures()).rssMb);
      await new Promise((done) => setTimeout(done, SAMPLE_MS));
    }
    const { offered, taken, resent, tookS } = await flooded;
    const third = Math.floor(rssMb.length / 3);
    const [early, late] = [median(rssMb.slice(third / 2, third + third / 2)), median(rssMb.slice(-third))];
    say(
      `overload: ${Math.round(taken / tookS)} frames/s taken, ${(offered / taken).toFixed(1)} times as many offered, ${resent} sent again, every one of them acknowledged; ` +
        `memory ${idleMb.toFixed(0)} MB idle, ${early.toFixed(0)} MB early, ${late.toFixed(0)} MB late, ${Math.max(...rssMb).toFixed(0)} MB at most`,
    );
    return [
      {
        title: `overload for ${forS} s: offered to taken`,
        unit: 'times',
        value: offered / taken,
        baseline: null,
        goal: null,
        runs: { hub: [offered / taken] },
        note: `${Math.round(taken / tookS).toLocaleString('en')} frames/s were taken and stored meanwhile, all that were published are on the disk`,
      },
      {
        title: 'overload: growth of resident memory',
        unit: '%',
        value: Math.max(0, (late / early - 1) * 100),
        baseline: null,
        goal: atMost(10),
        runs: { rssMb },
        note: `median of the last third against that of the time before it, without the first sixth: ${late.toFixed(0)} MB after ${early.toFixed(0)} MB; at most ${Math.max(...rssMb).toFixed(0)} MB`,
      },
    ];
  } finally {
    await Promise.all([sender.stop(), hub.stop()]);
    rmSync(directory, { recursive: true, force: true });
  }
}
