/**
 * Real programs under real SIGKILL, at random instants, with spoiled links between them: who dies and what befalls the links comes from one seed.
 * `pnpm faults --seeds N --cycles M [--broker mosquitto] [--database postgresql]`; a failing seed replays. Neighbours: stage.ts, oracle.ts.
 */
import { seeded } from '../seeded.ts';
import type { FaultProxy, LinkFault } from './fault-proxy.ts';
import { verdict, type Verdict, WatermarkObserver } from './oracle.ts';
import { type Cast, EDGE, Stage, UNITS } from './stage.ts';

export interface KillReport extends Verdict {
  readonly seed: number;
  readonly cycles: number;
  /** How often each kind of mishap came. */
  readonly mishaps: Readonly<Record<string, number>>;
}

type Random = () => number;
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** One whole round. */
export async function killCycles(
  seed: number,
  cycles: number,
  cast: Cast = { broker: 'embedded', database: 'sqlite' },
  tell: (line: string) => void = () => undefined,
): Promise<KillReport> {
  const stage = await Stage.set(cast);
  const observer = new WatermarkObserver(stage.brokerUrl);
  const random = seeded(seed);
  const mishaps: Record<string, number> = {};
  try {
    await stage.start('hub');
    await stage.start('edge');
    await assign(stage.httpPort);
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      await wait(random() * 900);
      const [kind, text] = await befall(stage, random);
      mishaps[kind] = (mishaps[kind] ?? 0) + 1;
      tell(`${cycle}: ${text}`);
    }
    tell('the dust settles');
    await wait(500);
    await stage.stopEdge();
    // It measures nothing any more and brings what is missing.
    await stage.start('edge', []);
    const found = await verdict(stage, observer);
    return { seed, cycles, mishaps, ...found };
  } finally {
    observer.close();
    await stage.close();
  }
}

/** One mishap, and that which was broken is whole again afterwards. */
async function befall(stage: Stage, random: Random): Promise<readonly [kind: string, text: string]> {
  const die = random();
  if (die < 0.65) {
    const victim = stage.actors[Math.floor(random() * stage.actors.length)] ?? 'hub';
    await stage.kill(victim);
    await wait(random() * 600);
    await stage.start(victim);
    return [`kill ${victim}`, `kill ${victim}`];
  }
  if (die < 0.75) {
    await Promise.all(stage.actors.map((actor) => stage.kill(actor)));
    for (const actor of stage.actors.toReversed()) await stage.start(actor);
    return ['kill all', 'kill all'];
  }
  if (die < 0.8) {
    const actor = random() < 0.5 ? 'hub' : 'edge';
    await stage.pause(actor, 200 + random() * 1500);
    return [`pause ${actor}`, `pause ${actor}`];
  }
  const link = stage.links[Math.floor(random() * stage.links.length)] ?? stage.links[0];
  if (link === undefined) return ['nothing', 'nothing'];
  const fault = linkFault(random);
  await spoil(link.proxy, fault, random);
  return [`link ${Object.keys(fault).join('+')}`, `${link.name}: ${JSON.stringify(fault)}`];
}

function linkFault(random: Random): LinkFault {
  const die = random();
  if (die < 0.2) return { frozen: true };
  if (die < 0.4) return { halfOpen: true };
  if (die < 0.6) return { cutAfterBytes: Math.floor(random() * 4000) };
  if (die < 0.8) return { latencyMs: 5 + random() * 50, sliceBytes: 1 + Math.floor(random() * 40) };
  return { bytesPerS: 2000 + random() * 20_000 };
}

async function spoil(proxy: FaultProxy, fault: LinkFault, random: Random): Promise<void> {
  proxy.set(fault);
  await wait(300 + random() * 700);
  proxy.set({});
  if (random() < 0.5) proxy.cut();
}

/** The units belong to the edge, so that the hub takes what it says of them. */
export async function assign(httpPort: number): Promise<void> {
  const endMs = Date.now() + 20_000;
  for (;;) {
    const answers = await Promise.all(
      UNITS.map((unit_id) =>
        fetch(`http://127.0.0.1:${httpPort}/api/nl43/${unit_id}/config`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ host: '127.0.0.1', edge_id: EDGE }),
        }).then((answer) => answer.status),
      ),
    );
    if (answers.every((status) => status === 200)) return;
    if (Date.now() > endMs) throw new Error(`the units could not be set up: ${answers.join(' ')}`);
    await wait(100);
  }
}
