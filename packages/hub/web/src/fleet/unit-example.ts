import type { LiveFrame, UnitOverview } from '@slmm/protocol/live';

/** A frame at 06:41:00 UTC plus `seq` seconds. */
export function frameAt(seq: number, change: Partial<LiveFrame> = {}): LiveFrame {
  return {
    at: new Date(Date.parse('2026-11-23T06:41:00.000Z') + seq * 1000).toISOString(),
    epoch: '01JD3AAAAAAAAAAAAAAAAAAAAA',
    seq,
    run: 'Start',
    lp: 62.4,
    leq: 58.9,
    le: 94.5,
    lmax: 81.2,
    lmin: 40.1,
    lpeak: 96,
    ln: [70.1, 65.3, 55, 47.2, 45.9],
    over: false,
    under: false,
    interval: { s: 1, leq: 62.1, lmax: 63, lmin: 60.8, lpeak: 78.2, basis: 'lp', ticks: 0 },
    ...change,
  };
}

/** A unit that is well. */
export function overview(change: Partial<UnitOverview> = {}): UnitOverview {
  return {
    unit: 'NL43-01',
    edge: 'demo',
    edge_online: true,
    timezone: 'UTC',
    config: {
      host: '127.0.0.1',
      tcp_port: 2255,
      ftp_port: 21,
      tcp_enabled: true,
      ftp_enabled: false,
      web_enabled: false,
      poll_enabled: true,
      poll_interval_seconds: 60,
      monitor_enabled: true,
      acquisition: 'dod',
    },
    state: {
      link: 'ok',
      since: '2026-11-23T06:00:00.000Z',
      last_ok: '2026-11-23T06:41:05.000Z',
      reachable: true,
      failures: 0,
      reason: null,
      run: 'Start',
      run_since: '2026-11-23T06:00:00.000Z',
      run_since_basis: 'seen',
      owner: null,
      acquisition: 'dod',
      battery: null,
      power: null,
      sd_free_mb: null,
      garbled: 0,
    },
    info: null,
    frame: null,
    coverage_today: null,
    ...change,
  };
}
