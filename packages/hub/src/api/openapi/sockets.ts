// The WebSockets, which OpenAPI knows only as GET with an upgrade. What goes over them is described in words and by PROTOCOL.md. Pure.
import { idSchema, liveRequestSchema } from '@slmm/protocol';
import { z } from 'zod';
import type { SurfaceName } from '../route.ts';

export interface Socket {
  readonly path: string;
  readonly surface: SurfaceName;
  readonly summary: string;
  readonly description: string;
  readonly params?: z.ZodType;
  /** What a client may send; absent where nothing it sends is looked at. */
  readonly request?: z.ZodType;
}

const unitParams = z.object({ unit_id: idSchema });

export const SOCKETS: readonly Socket[] = [
  {
    path: '/api/nl43/{unit_id}/monitor',
    surface: 'nl43',
    summary: "WebSocket: a unit's frames",
    description:
      'The last frame at once, then each new one (14 keys, feed_status "ok"; missed when frames were left out for a slow viewer). feed_status "unreachable" once, from the third failure ' +
      'in a row; a message with heartbeat true after 25 s without another. A unit that does not exist is unreachable.',
    params: unitParams,
  },
  {
    path: '/api/nl43/{unit_id}/stream',
    surface: 'nl43',
    summary: "WebSocket: the meter's 10 Hz stream",
    description:
      'Ten messages a second (13 keys) while somebody listens; where there can be none, one message {error, unit_id or detail} within 15 s, and the end (1000).',
    params: unitParams,
  },
  {
    path: '/api/v1/live',
    surface: 'v1',
    summary: 'WebSocket: many units on one connection, resumed without holes',
    description:
      'Messages of type frame, unit, heartbeat and refused (PROTOCOL.md, live). A slow reader gets the newest frame of each unit and, in missed, how many it did not get.',
    request: liveRequestSchema,
  },
];
