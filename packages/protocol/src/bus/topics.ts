import { isId } from './id.ts';

/** Nothing else builds or reads a topic. Contract section 3. */
const PREFIX = 'slmm/v1';

/** Topics by name. Arguments are ids that were checked before; a wrong one is a bug of ours. */
export const topics = {
  hubState: () => `${PREFIX}/hub/state`,
  edgeState: (edge: string) => `${PREFIX}/${edge}/state`,
  edgeInfo: (edge: string) => `${PREFIX}/${edge}/info`,
  edgeHealth: (edge: string) => `${PREFIX}/${edge}/health`,
  dod: (edge: string, unit: string) => `${PREFIX}/${edge}/${unit}/dod`,
  drd: (edge: string, unit: string) => `${PREFIX}/${edge}/${unit}/drd`,
  last: (edge: string, unit: string) => `${PREFIX}/${edge}/${unit}/last`,
  unitState: (edge: string, unit: string) => `${PREFIX}/${edge}/${unit}/state`,
  unitInfo: (edge: string, unit: string) => `${PREFIX}/${edge}/${unit}/info`,
  unitEvent: (edge: string, unit: string) => `${PREFIX}/${edge}/${unit}/event`,
  backfill: (edge: string, unit: string) => `${PREFIX}/${edge}/${unit}/backfill`,
  ack: (edge: string) => `${PREFIX}/${edge}/hub/ack`,
  command: (edge: string) => `${PREFIX}/${edge}/hub/command`,
  reply: (edge: string) => `${PREFIX}/${edge}/hub/reply`,
  config: (edge: string) => `${PREFIX}/${edge}/hub/config`,
  applied: (edge: string) => `${PREFIX}/${edge}/hub/applied`,
  demand: (edge: string) => `${PREFIX}/${edge}/hub/demand`,
  file: (edge: string, transfer: string) => `${PREFIX}/${edge}/hub/file/${transfer}`,
  alertState: (unit: string, rule: string) => `${PREFIX}/alert/${unit}/${rule}/state`,
  alertEvent: (unit: string) => `${PREFIX}/alert/${unit}/event`,
  alertNotification: (receiver: string) => `${PREFIX}/alert/${receiver}/notification`,
} as const;

/** Subscriptions of the hub (everything edges say) and of one edge (everything the hub says to it). */
export const filters = {
  fromEdge: (edge = '+') => [
    `${PREFIX}/${edge}/state`,
    `${PREFIX}/${edge}/info`,
    `${PREFIX}/${edge}/health`,
    ...['dod', 'drd', 'last', 'state', 'info', 'event', 'backfill'].map((leaf) => `${PREFIX}/${edge}/+/${leaf}`),
    `${PREFIX}/${edge}/hub/reply`,
    `${PREFIX}/${edge}/hub/applied`,
    `${PREFIX}/${edge}/hub/file/+`,
  ],
  toEdge: (edge: string) => [
    topics.ack(edge),
    topics.command(edge),
    topics.config(edge),
    topics.demand(edge),
    topics.hubState(),
    // Its own: another agent that goes by the same name shows there.
    topics.unitState(edge, '+'),
  ],
  /** Everything under one edge, the pattern of its permissions. */
  ownedByEdge: (edge: string) => `${PREFIX}/${edge}/#`,
} as const;

/** A topic, read. `unit`, `rule`, `receiver` and `transfer` are checked ids. */
export type Topic =
  | { readonly kind: 'hub-state' }
  | { readonly kind: 'edge-state' | 'edge-info' | 'edge-health'; readonly edge: string }
  | { readonly kind: UnitTopicKind; readonly edge: string; readonly unit: string }
  | { readonly kind: HubTopicKind; readonly edge: string }
  | { readonly kind: 'file'; readonly edge: string; readonly transfer: string }
  | { readonly kind: 'alert-state'; readonly unit: string; readonly rule: string }
  | { readonly kind: 'alert-event'; readonly unit: string }
  | { readonly kind: 'alert-notification'; readonly receiver: string };

const UNIT_LEAVES = {
  dod: 'dod',
  drd: 'drd',
  last: 'last',
  state: 'unit-state',
  info: 'unit-info',
  event: 'unit-event',
  backfill: 'backfill',
} as const;
const EDGE_LEAVES = { state: 'edge-state', info: 'edge-info', health: 'edge-health' } as const;
const HUB_LEAVES = ['ack', 'command', 'reply', 'config', 'applied', 'demand'] as const;
export type UnitTopicKind = (typeof UNIT_LEAVES)[keyof typeof UNIT_LEAVES];
export type HubTopicKind = (typeof HUB_LEAVES)[number];

/** A bus has few topics, and each comes every second. All are forgotten when there are more. */
const MAX_READ = 10_000;
const read = new Map<string, Topic | null>();

/** Reads a topic; `null` for everything that is not in the contract. */
export function parseTopic(topic: string): Topic | null {
  const known = read.get(topic);
  if (known !== undefined) return known;
  if (!topic.startsWith(`${PREFIX}/`) || topic.length > 300) return null;
  const parsed = readTopic(topic);
  if (read.size >= MAX_READ) read.clear();
  read.set(topic, parsed);
  return parsed;
}

function readTopic(topic: string): Topic | null {
  const [first = '', second = '', third, fourth, ...rest] = topic.slice(PREFIX.length + 1).split('/');
  if (rest.length > 0) return null;
  if (first === 'hub') return second === 'state' && third === undefined ? { kind: 'hub-state' } : null;
  if (first === 'alert') {
    if (!isId(second)) return null;
    if (third === 'event' && fourth === undefined) return { kind: 'alert-event', unit: second };
    if (third === 'notification' && fourth === undefined) return { kind: 'alert-notification', receiver: second };
    return third !== undefined && isId(third) && fourth === 'state' ? { kind: 'alert-state', unit: second, rule: third } : null;
  }
  if (!isId(first)) return null;
  if (third === undefined) return own(EDGE_LEAVES, second) ? { kind: EDGE_LEAVES[second], edge: first } : null;
  if (second === 'hub') {
    if (fourth !== undefined) return third === 'file' && isId(fourth) ? { kind: 'file', edge: first, transfer: fourth } : null;
    const leaf = HUB_LEAVES.find((known) => known === third);
    return leaf === undefined ? null : { kind: leaf, edge: first };
  }
  if (!isId(second) || fourth !== undefined) return null;
  return own(UNIT_LEAVES, third) ? { kind: UNIT_LEAVES[third], edge: first, unit: second } : null;
}

function own<T extends object>(table: T, key: string): key is keyof T & string {
  return Object.hasOwn(table, key);
}
