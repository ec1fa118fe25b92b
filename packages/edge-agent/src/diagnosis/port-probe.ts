import type { MeterAddress } from '../meter-session/meter-link.ts';

/** Looks whether something listens at a port. Never rejects; answers within seconds. */
export type ProbePort = (address: MeterAddress) => Promise<'open' | 'refused' | 'silent'>;
