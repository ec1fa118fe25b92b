import type { StreamWords } from '../../live/stream-feed.ts';
import { deviceFault, MASKED_DETAIL, TCP_DISABLED } from './device/device-faults.ts';
import { levelText } from './levels.ts';
import { naiveInstant, naiveTime } from './naive-time.ts';
import { isReachable, startTime } from './unit-status.ts';

/** What `WS /api/nl43/{unit}/stream` says, key by key as SLMM 0.4.0 did. */
export const streamWords: StreamWords = {
  tick: (unit, tick, view, atMs) => ({
    unit_id: unit,
    timestamp: naiveInstant(tick.at) ?? naiveTime(atMs),
    // While a meter streams, SLMM showed this and not `Start`.
    measurement_state: tick.run === 'Start' ? 'Measure' : tick.run,
    measurement_start_time: view === null ? null : startTime(view),
    counter: String(tick.counter),
    lp: levelText(tick.lp),
    leq: levelText(tick.leq),
    lmax: levelText(tick.lmax),
    lmin: levelText(tick.lmin),
    lpeak: levelText(tick.lpeak),
    ln1: null,
    ln2: null,
    raw_payload: tick.raw,
  }),
  problem: (unit, view) => {
    if (view === null) return { error: 'NL43 config not found', unit_id: unit };
    if (!view.config.tcpEnabled) return { error: TCP_DISABLED, unit_id: unit };
    if (isReachable(view) && view.config.edge !== null) return null;
    const error = { code: 'unreachable', message: view.state?.reason ?? 'the meter does not answer', result_code: null } as const;
    return { error: MASKED_DETAIL, detail: deviceFault(view, error, 'plain').detail };
  },
  refused: (_unit, reason) => ({ error: MASKED_DETAIL, detail: reason }),
  silence: (_unit, _view, waitedMs) => ({
    error: MASKED_DETAIL,
    detail: `The meter has sent no tick for ${Math.round(waitedMs / 1000)} s; it streams while it measures`,
  }),
};
