/** What the two kinds of uplink mean in figures. Neighbours: edge.ts sets the uplink up by them; setting SLMM_UPLINK chooses. */
export const PACE = {
  live: { lastEveryMs: 10_000, healthEveryMs: 60_000, keepaliveS: 20, batchFrames: 300 },
  /** For a line that is paid by the byte: retained topics and health every quarter of an hour, a keepalive longer than a batch, so that none is ever sent. */
  economy: { lastEveryMs: 900_000, healthEveryMs: 900_000, keepaliveS: 90, batchFrames: 300 },
} as const;
