/**
 * Who may publish, subscribe and receive what on the embedded broker. Pure. Contract section 3: default is no.
 * Neighbours: aedes-broker.ts asks at every packet, wills and retained messages included.
 */
import { filters, isId, MAX_JSON_BYTES, parseTopic, type Topic, topics } from '@slmm/protocol';

const [ROOT, VERSION] = topics.hubState().split('/');

/** A client of the broker, after it signed in. */
export type Party =
  | { readonly kind: 'edge'; readonly edge: string }
  /** A third party with a token. `units`: `null` for all. */
  | { readonly kind: 'reader'; readonly name: string; readonly units: readonly string[] | null }
  /** Anybody, where access is open: reads everything, and speaks for the edge whose id it gave as user name. */
  | { readonly kind: 'open'; readonly edge: string | null };

/**
 * `accept`: to the hub and to all who may receive it. `ignore`: acknowledged, counted and given to nobody, because a newer edge may
 * know topics that we do not. `refuse`: nobody does this by mistake; the connection ends.
 */
export type PublishVerdict =
  /** `retain` as it may be kept. */
  | { readonly kind: 'accept'; readonly retain: boolean }
  | { readonly kind: 'ignore'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly reason: string };

/** Largest payload of a compressed batch or a file chunk with its header, bytes. */
export const MAX_BINARY_BYTES = 524_288 + 4_096;

const EDGE_KINDS: ReadonlySet<Topic['kind']> = new Set([
  'edge-state',
  'edge-info',
  'edge-health',
  'dod',
  'drd',
  'last',
  'unit-state',
  'unit-info',
  'unit-event',
  'backfill',
  'reply',
  'applied',
  'file',
]);
const RETAINED_KINDS: ReadonlySet<Topic['kind']> = new Set([
  'edge-state',
  'edge-info',
  'edge-health',
  'last',
  'unit-state',
  'unit-info',
  'applied',
]);
/** What hub and edge say to each other. */
const TALK_KINDS: ReadonlySet<Topic['kind']> = new Set(['ack', 'command', 'reply', 'config', 'applied', 'demand', 'file']);
const BINARY_KINDS: ReadonlySet<Topic['kind']> = new Set(['backfill', 'file']);

/** Whether a party may publish this, as a message or as its last will. */
export function mayPublish(
  party: Party,
  message: { readonly topic: string; readonly retain: boolean; readonly bytes: number },
): PublishVerdict {
  const edge = party.kind === 'reader' ? null : party.edge;
  if (edge === null) return { kind: 'refuse', reason: 'readers do not publish' };
  const topic = parseTopic(message.topic);
  const isOwn = topic === null ? isUnder(message.topic, edge) : 'edge' in topic && topic.edge === edge;
  if (!isOwn) return { kind: 'refuse', reason: `edge ${edge} may not publish outside its own topics` };
  if (topic === null) return { kind: 'ignore', reason: 'the contract has no such topic' };
  if (!EDGE_KINDS.has(topic.kind)) return { kind: 'refuse', reason: 'only the hub publishes there' };
  const limit = BINARY_KINDS.has(topic.kind) ? MAX_BINARY_BYTES : MAX_JSON_BYTES;
  if (message.bytes > limit)
    return { kind: 'ignore', reason: `the payload has ${message.bytes} bytes, ${limit} are allowed here` };
  return { kind: 'accept', retain: message.retain && RETAINED_KINDS.has(topic.kind) };
}

/** Whether a party may subscribe to this filter. What it then receives is decided message by message, so a reader may ask for everything. */
export function maySubscribe(party: Party, filter: string): boolean {
  if (filter.length > 300 || filter.startsWith('$') || hasControlCharacter(filter)) return false;
  const levels = filter.split('/');
  const [root, version, first = '#', second = '#'] = levels;
  if (party.kind === 'edge') return isUnder(filter, party.edge) || filter === topics.hubState();
  if (root !== ROOT || version !== VERSION) return couldReach(levels);
  if (second === 'hub' && first !== 'alert') return party.kind === 'open' && (first === party.edge || first === '+');
  const unit = isWildcard(second) || isWildcard(first) ? null : unitOf(first, second, levels.length);
  return party.kind === 'open' || unit === null || maySee(party.units, unit);
}

/** Whether a party gets this message. `topic` is `null` for one that is not in the contract. */
export function mayReceive(party: Party, topic: Topic | null): boolean {
  if (topic === null) return false;
  const ownEdge = party.kind === 'reader' ? null : party.edge;
  if ('edge' in topic && topic.edge === ownEdge) return true;
  if (party.kind === 'edge') return topic.kind === 'hub-state';
  if (TALK_KINDS.has(topic.kind)) return false;
  // An edge's information and health name every unit of the edge, a notification units of many.
  if (ABOUT_MANY.has(topic.kind)) return party.kind === 'open' || party.units === null;
  return party.kind === 'open' || !('unit' in topic) || maySee(party.units, topic.unit);
}

const ABOUT_MANY: ReadonlySet<Topic['kind']> = new Set(['edge-info', 'edge-health', 'alert-notification']);

/** A topic or filter below the edge's own, with the edge spelt out. */
function isUnder(topic: string, edge: string): boolean {
  return topic.startsWith(filters.ownedByEdge(edge).slice(0, -1)) && topic.length <= 300 && !hasControlCharacter(topic);
}

/** Filters whose first levels are wildcards can match ours; anything else under another root is a mistake worth an error. */
function couldReach([root = '', version = '']: readonly string[]): boolean {
  if (root === '#') return true;
  if (root !== ROOT && root !== '+') return false;
  return version === VERSION || isWildcard(version);
}

function isWildcard(level: string): boolean {
  return level === '+' || level === '#';
}

function unitOf(first: string, second: string, levels: number): string | null {
  // `{edge}/state`, `{edge}/info`, `{edge}/health` and `hub/state` are no units.
  return first === 'hub' || (first !== 'alert' && levels < 5) || !isId(second) ? null : second;
}

function maySee(units: readonly string[] | null, unit: string): boolean {
  return units === null || units.includes(unit);
}

/** C0, DEL and C1 control characters, the Unicode non-characters and lone surrogates: MQTT 3.1.1 section 1.5.3 forbids NUL and surrogates and lets a server refuse the others. */
function hasControlCharacter(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code < 0xe000) || (code & 0xfffe) === 0xfffe)
      return true;
  }
  return false;
}
