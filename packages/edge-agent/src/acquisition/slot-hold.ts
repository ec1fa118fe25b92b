/** Whether the agent may hold a meter's slot, and why not. Pure. Neighbours: commands/slot.ts changes it, unit-acquisition.ts obeys it. */

/** Who holds a slot: of two records the one with the higher fence is right, and of equal ones the greater boot. */
export interface SlotOwner {
  readonly edge: string;
  readonly boot: string;
  readonly fence: number;
}

export interface SlotHold {
  /** By configuration. */
  readonly enabled: boolean;
  /** By a person, until a person says otherwise; outlives the program. */
  readonly deactivated: boolean;
  /** The whole edge stands back. */
  readonly standby: boolean;
  /** Lent to another program until this wall time. */
  readonly lentUntilMs: number | null;
  /** Another agent with a higher fence has the unit. */
  readonly rival: SlotOwner | null;
}

export const HELD: SlotHold = { enabled: true, deactivated: false, standby: false, lentUntilMs: null, rival: null };

/** Why the slot is not ours to hold, as link state and a sentence; `null` when it is. */
export function whyNotHeld(hold: SlotHold): { readonly link: 'disabled' | 'standby'; readonly reason: string } | null {
  if (!hold.enabled)
    return { link: 'disabled', reason: 'The unit is switched off in the configuration; the agent leaves its meter alone.' };
  if (hold.deactivated)
    return {
      link: 'disabled',
      reason: 'The unit was deactivated by command; the agent leaves its meter alone until it is activated.',
    };
  if (hold.rival !== null)
    return {
      link: 'standby',
      reason: `Another agent (${hold.rival.edge}, boot ${hold.rival.boot.slice(0, 8)}) has taken this unit over; this one stands back. Activate the unit to take it again.`,
    };
  if (hold.standby) return { link: 'standby', reason: 'The whole edge stands by: it holds no meter until it is told to resume.' };
  if (hold.lentUntilMs !== null)
    return {
      link: 'standby',
      reason: `The slot is lent to another program until ${new Date(hold.lentUntilMs).toISOString()}; the agent returns by itself.`,
    };
  return null;
}

/** Whether `a` has the better right to the slot than `b`. */
export function outranks(a: SlotOwner, b: SlotOwner): boolean {
  return a.fence !== b.fence ? a.fence > b.fence : a.boot > b.boot;
}
