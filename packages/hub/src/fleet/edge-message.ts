/** Reads what edges say about themselves and their units. Pure and total: garbage becomes a value with its reason. Neighbours: hub-fleet.ts. */
import {
  type AppliedConfig,
  appliedConfigSchema,
  decodeMessage,
  type EdgeHealth,
  edgeHealthSchema,
  type EdgeInfo,
  edgeInfoSchema,
  type EdgeState,
  edgeStateSchema,
  lastSchema,
  type Reply,
  replySchema,
  type Tick,
  tickSchema,
  type Topic,
  type UnitEvent,
  unitEventSchema,
  type UnitInfo,
  unitInfoSchema,
  type UnitState,
  unitStateSchema,
  type UnitTopicKind,
} from '@slmm/protocol';
import type { z } from 'zod';

/** Topics about the state of things; frames belong to ingest, files to the file transfer. */
export type StatusTopic =
  | { readonly kind: 'edge-state' | 'edge-info' | 'edge-health' | 'reply' | 'applied'; readonly edge: string }
  | { readonly kind: Exclude<UnitTopicKind, 'dod' | 'backfill'>; readonly edge: string; readonly unit: string };

/** A topic with frames in it. */
export interface FrameTopic {
  readonly kind: 'dod' | 'backfill';
  readonly edge: string;
  readonly unit: string;
}

export function isFrameTopic(topic: StatusTopic | FrameTopic): topic is FrameTopic {
  return topic.kind === 'dod' || topic.kind === 'backfill';
}

/** A topic on which edges speak to the hub; `null` for those on which the hub speaks, and for files, which the file transfer takes. */
export function spokenByEdge(topic: Topic): StatusTopic | FrameTopic | null {
  switch (topic.kind) {
    case 'edge-state':
    case 'edge-info':
    case 'edge-health':
      return { kind: topic.kind, edge: topic.edge };
    case 'reply':
    case 'applied':
      return { kind: topic.kind, edge: topic.edge };
    case 'dod':
    case 'backfill':
      return { kind: topic.kind, edge: topic.edge, unit: topic.unit };
    case 'drd':
    case 'last':
    case 'unit-state':
    case 'unit-info':
    case 'unit-event':
      return { kind: topic.kind, edge: topic.edge, unit: topic.unit };
    case 'hub-state':
    case 'ack':
    case 'command':
    case 'config':
    case 'demand':
    case 'file':
    case 'alert-state':
    case 'alert-event':
    case 'alert-notification':
      return null;
  }
}

export type EdgeMessage =
  | { readonly kind: 'edge-state'; readonly edge: string; readonly value: EdgeState }
  | { readonly kind: 'edge-info'; readonly edge: string; readonly value: EdgeInfo }
  | { readonly kind: 'edge-health'; readonly edge: string; readonly value: EdgeHealth }
  | { readonly kind: 'applied'; readonly edge: string; readonly value: AppliedConfig }
  | { readonly kind: 'reply'; readonly edge: string; readonly value: Reply }
  | { readonly kind: 'unit-state'; readonly edge: string; readonly unit: string; readonly value: UnitState }
  | { readonly kind: 'unit-info'; readonly edge: string; readonly unit: string; readonly value: UnitInfo }
  | { readonly kind: 'unit-event'; readonly edge: string; readonly unit: string; readonly value: UnitEvent }
  | { readonly kind: 'tick'; readonly edge: string; readonly unit: string; readonly value: Tick }
  /** `last` repeats the newest frame for third parties; the hub has it from the frame itself. */
  | { readonly kind: 'last'; readonly edge: string; readonly unit: string }
  /** An empty payload: the retained message of the topic is removed. */
  | { readonly kind: 'cleared'; readonly topic: StatusTopic }
  | { readonly kind: 'bad'; readonly reason: string };

/** Reads one message. */
export function readEdgeMessage(topic: StatusTopic, payload: Uint8Array): EdgeMessage {
  if (payload.length === 0) return { kind: 'cleared', topic };
  switch (topic.kind) {
    case 'edge-state':
      return decoded(edgeStateSchema, payload, (value) => ({ kind: 'edge-state', edge: topic.edge, value }));
    case 'edge-info':
      return decoded(edgeInfoSchema, payload, (value) => ({ kind: 'edge-info', edge: topic.edge, value }));
    case 'edge-health':
      return decoded(edgeHealthSchema, payload, (value) => ({ kind: 'edge-health', edge: topic.edge, value }));
    case 'applied':
      return decoded(appliedConfigSchema, payload, (value) => ({ kind: 'applied', edge: topic.edge, value }));
    case 'reply':
      return decoded(replySchema, payload, (value) => ({ kind: 'reply', edge: topic.edge, value }));
    case 'unit-state':
      return decoded(unitStateSchema, payload, (value) => ({ ...topic, kind: 'unit-state', value }));
    case 'unit-info':
      return decoded(unitInfoSchema, payload, (value) => ({ ...topic, kind: 'unit-info', value }));
    case 'unit-event':
      return decoded(unitEventSchema, payload, (value) => ({ ...topic, kind: 'unit-event', value }));
    case 'drd':
      return decoded(tickSchema, payload, (value) => ({ ...topic, kind: 'tick', value }));
    case 'last':
      return decoded(lastSchema, payload, () => ({ ...topic, kind: 'last' }));
  }
}

function decoded<T extends z.ZodType>(schema: T, payload: Uint8Array, read: (value: z.output<T>) => EdgeMessage): EdgeMessage {
  const result = decodeMessage(schema, payload);
  return result.kind === 'ok' ? read(result.value) : result;
}
