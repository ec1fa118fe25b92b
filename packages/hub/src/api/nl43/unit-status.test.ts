import { describe, expect, it } from 'vitest';
import type { UnitView } from '../../fleet/fleet.ts';
import { exampleFrame, exampleState, UNREACHABLE } from '../../live/live-example.ts';
import { naiveTime } from './naive-time.ts';
import { changed, newUnit, shownConfig } from './unit-config.ts';
import { MASKED } from './unit-fields.ts';
import { fullStatus, hasStatus } from './unit-status.ts';

const view = (more: Partial<UnitView> = {}): UnitView => ({
  config: { ...newUnit('a'), edge: 'site' },
  state: exampleState(),
  info: null,
  frame: exampleFrame('a', 1),
  edgeOnline: true,
  ...more,
});

describe('naiveTime', () => {
  it('has microseconds and no zone, and no fraction on the full second', () => {
    expect(naiveTime(Date.UTC(2026, 10, 23, 6, 53, 20, 269))).toBe('2026-11-23T06:53:20.269000');
    expect(naiveTime(Date.UTC(2026, 10, 22, 11, 53, 0, 0))).toBe('2026-11-22T11:53:00');
  });
});

describe('fullStatus', () => {
  it('has the fields of SLMM 0.4.0 in their order, and after them what LN1 and LN2 mean', () => {
    expect(Object.keys(fullStatus(view()))).toEqual(
      `unit_id last_seen measurement_state measurement_start_time lp leq lmax lmin lpeak ln1 ln2 battery_level power_source sd_remaining_mb
       sd_free_ratio raw_payload is_reachable consecutive_failures last_poll_attempt last_success last_error ln1_percent ln2_percent`.split(
        /\s+/,
      ),
    );
  });

  it('shows levels as texts, and dashes as null', () => {
    const frame = exampleFrame('a', 1, { lp: 40, leq: null, ln: [null, -3.14, null, null, null] });
    expect(fullStatus(view({ frame }))).toMatchObject({ lp: '40.0', leq: null, ln1: null, ln2: '-3.1' });
  });

  it('says of a meter that does not answer that it is not reachable, and why', () => {
    expect(fullStatus(view({ state: UNREACHABLE }))).toMatchObject({
      is_reachable: false,
      consecutive_failures: 3,
      last_error: UNREACHABLE.reason,
    });
  });

  it('says of a meter whose edge is away that it is not reachable, whatever the edge said last', () => {
    expect(fullStatus(view({ edgeOnline: false }))).toMatchObject({
      is_reachable: false,
      last_error: 'Edge site is not connected to the hub',
    });
  });

  it('has a start time only while a measurement runs', () => {
    expect(fullStatus(view()).measurement_start_time).toBe('2026-11-23T05:30:00');
    expect(fullStatus(view({ state: exampleState({ run: 'Stop' }) })).measurement_start_time).toBeNull();
  });

  it('guesses no run state', () => {
    const frame = exampleFrame('a', 1, { run: 'unknown' });
    expect(fullStatus(view({ frame, state: exampleState({ run: 'unknown' }) })).measurement_state).toBe('unknown');
  });

  it('is there as soon as anybody tried the meter, and not before', () => {
    expect(hasStatus(view({ frame: null, state: null }))).toBe(false);
    expect(hasStatus(view({ frame: null, state: exampleState({ last_ok: null }) }))).toBe(false);
    expect(hasStatus(view({ frame: null, state: { ...UNREACHABLE, last_ok: null } }))).toBe(true);
  });
});

describe('configuration', () => {
  it('shows no password, and takes the mask for no change', () => {
    const unit = changed(newUnit('a'), { ftp_password: '0000' });
    expect(shownConfig(unit).ftp_password).toBe(MASKED);
    expect(changed(unit, { ftp_password: MASKED }).ftpPassword).toBe('0000');
    expect(changed(unit, { ftp_password: '1111' }).ftpPassword).toBe('1111');
    expect(shownConfig(newUnit('a')).ftp_password).toBeNull();
  });

  it('leaves alone what is absent or null', () => {
    const unit = { ...newUnit('a'), host: 'meter', tcpEnabled: false };
    expect(changed(unit, {})).toEqual(unit);
    expect(changed(unit, { host: null, tcp_enabled: null })).toEqual(unit);
  });
});
