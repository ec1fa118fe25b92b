/** The meter's one control connection: free, held, or lingering for a while after its client has gone. */
export type SlotState =
  | { readonly name: 'free' }
  | { readonly name: 'held' }
  | { readonly name: 'lingering'; readonly untilMs: number };

export const FREE_SLOT: SlotState = { name: 'free' };
export const HELD_SLOT: SlotState = { name: 'held' };

/** Whether a new client would be taken at this instant. */
export function isFree(slot: SlotState, nowMs: number): boolean {
  return slot.name === 'free' || (slot.name === 'lingering' && nowMs >= slot.untilMs);
}

/** The slot after its client has gone. */
export function releasedSlot(nowMs: number, lingerMs: number): SlotState {
  return lingerMs > 0 ? { name: 'lingering', untilMs: nowMs + lingerMs } : FREE_SLOT;
}
