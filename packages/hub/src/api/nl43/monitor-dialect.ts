import type { Dialect, UnitCondition } from '../../live/dialect.ts';
import { levelTexts, rawPayload } from './levels.ts';
import { naiveInstant, naiveTime } from './naive-time.ts';

/** What `WS /api/nl43/{unit}/monitor` says, key by key as SLMM 0.4.0 did. `missed` is an addition, only there when frames were missed. */
export const monitorDialect: Dialect = {
  frame: (frame, view, missed) => {
    const { lp, leq, lmax, lmin, lpeak, ln1, ln2 } = levelTexts(frame);
    return {
      unit_id: frame.unit,
      timestamp: naiveInstant(frame.at),
      measurement_state: frame.run,
      measurement_start_time: frame.run === 'Start' ? naiveInstant(view?.state?.run_since) : null,
      counter: null,
      lp,
      leq,
      lmax,
      lmin,
      lpeak,
      ln1,
      ln2,
      raw_payload: rawPayload(frame),
      feed_status: 'ok',
      ...(missed > 0 ? { missed } : {}),
    };
  },
  condition: (condition) => (condition.reachable ? null : unreachable(condition)),
  conditionKey: (condition) => String(condition.reachable),
  heartbeat: (condition, atMs) => ({
    unit_id: condition?.unit ?? null,
    timestamp: naiveTime(atMs),
    feed_status: condition?.reachable === false ? 'unreachable' : 'ok',
    heartbeat: true,
  }),
};

function unreachable({ unit, atMs }: UnitCondition): object {
  return { unit_id: unit, timestamp: naiveTime(atMs), feed_status: 'unreachable' };
}
