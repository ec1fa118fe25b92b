import { connectAsync, type MqttClient } from 'mqtt';
import { parseTopic, topics } from '@slmm/protocol';
import { afterEach, expect, it } from 'vitest';
import { ADMIN_TOKEN, eventually, startWholeStack, type WholeStack } from './whole-stack.ts';

const METERS = 30;
/** What the issue of delivery allows from an edge's reconnect on. */
const LIMIT_MS = 10_000;

let stack: WholeStack | null = null;
const readers: MqttClient[] = [];
afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.endAsync(true);
  await stack?.close();
  stack = null;
});

/** Everything retained that a reader may see, kept up to date; the newest payload by topic. */
async function watchRetained(
  port: number,
): Promise<{ readonly kept: Map<string, string>; readonly birthMs: () => number | null }> {
  const reader = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    username: 'reader',
    password: ADMIN_TOKEN,
    reconnectPeriod: 0,
  });
  readers.push(reader);
  const kept = new Map<string, string>();
  let birthMs: number | null = null;
  reader.on('message', (topic, payload, packet) => {
    const text = payload.toString();
    if (topic === topics.edgeState('site') && text.includes('"online"') && !packet.retain) birthMs ??= performance.now();
    // A live message on a topic that is retained is what the broker keeps from now on.
    if (text !== '' && !/\/(dod|event|drd)$/.test(topic)) kept.set(topic, text);
  });
  await reader.subscribeAsync('slmm/v1/#', { qos: 1 });
  return { kept, birthMs: () => birthMs };
}

/** What of a retained message does not change from second to second. */
function steady(topic: string, text: string): unknown {
  const content = JSON.parse(text) as Record<string, unknown>;
  if (topic.endsWith('/last') || topic.endsWith('/health')) return Object.keys(content).sort();
  if (topic === topics.hubState()) return content['state'];
  const moving = ['at', 'last_ok', 'since', 'failures', 'read_at', 'clock_offset_s'];
  return Object.fromEntries(Object.entries(content).filter(([name]) => !moving.includes(name)));
}

/** Links are good, and each meter has told all of its settings. */
function isSettled(kept: ReadonlyMap<string, string>): boolean {
  return [...kept].every(([topic, text]) => {
    const read = parseTopic(topic);
    if (read?.kind === 'unit-state') return text.includes('"link":"ok"');
    return read?.kind !== 'unit-info' || !text.includes('"read_at":null');
  });
}

it(`the embedded broker has all retained topics right within 10 s of the edge's reconnect, after a restart that made it forget them all (${METERS} units)`, async () => {
  stack = await startWholeStack({ count: METERS });
  const before = await watchRetained(stack.hub.mqttPort ?? 0);
  // State, info and last of each unit; state, info and health of the edge, state of the hub; what hub and edge say to each other no reader sees.
  await eventually('every unit is told of', () => before.kept.size >= METERS * 3 + 4, 60_000);
  await eventually('every unit is well and read out', () => isSettled(before.kept), 60_000);
  const wanted = new Map([...before.kept].map(([topic, text]) => [topic, steady(topic, text)]));
  await stack.restartHub();
  const after = await watchRetained(stack.hub.mqttPort ?? 0);
  await eventually('the edge is back', () => after.birthMs() !== null || after.kept.has(topics.edgeState('site')));
  const backMs = after.birthMs() ?? performance.now();
  const wrong = (): string[] =>
    [...wanted].flatMap(([topic, content]) => {
      const text = after.kept.get(topic);
      return text !== undefined && JSON.stringify(steady(topic, text)) === JSON.stringify(content) ? [] : [topic];
    });
  await eventually('all retained topics are right', () => wrong().length === 0, LIMIT_MS).catch(() =>
    expect(wrong().map((topic) => [topic, wanted.get(topic), after.kept.get(topic)])).toEqual([]),
  );
  expect(performance.now() - backMs).toBeLessThan(LIMIT_MS);
  expect([...after.kept.keys()].sort()).toEqual([...wanted.keys()].sort());
});
