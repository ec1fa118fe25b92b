/** Whether an edge is there, from what it and its last wills say. Pure. Neighbours: hub-fleet.ts. */
import type { EdgeState } from '@slmm/protocol';

/**
 * The state of an edge after a message. A last will of an earlier boot can arrive after the birth of the next one
 * (the broker notices a dead connection late): an `offline` of another boot than the one that is online says nothing about the present.
 */
export function nextEdgeState(known: EdgeState | null, told: EdgeState): EdgeState {
  const isLateWill = told.state === 'offline' && known?.state === 'online' && known.boot !== told.boot;
  return isLateWill ? known : told;
}
