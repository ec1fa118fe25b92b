import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleFrame } from '@slmm/protocol/testing';
import { builtInRecord } from '../../alerts/built-in.ts';
import { ruleSchema } from '../../alerts/rules/rule.ts';
import { type ExampleServer, startExample } from '../../adapters/http/server-example.ts';
import { EXAMPLE_START_MS } from '../../live/live-example.ts';
import { entryExample } from '../../notify/outbox-example.ts';

let server: ExampleServer;
beforeEach(async () => {
  server = await startExample({ units: ['u1', 'u2'] });
});
afterEach(async () => {
  await server.services.alerts.engine.close();
  await server.http.close();
});

const draft = {
  unit: 'u1',
  name: 'Night',
  metric: { kind: 'leq', seconds: 900, mode: 'moving' },
  levels: [{ name: 'warn', threshold: 60 }],
};
const call = async (method: string, path: string, body?: unknown, token?: string) => {
  const response = await server.ask(method, path, {
    ...(body === undefined ? {} : { body }),
    ...(token === undefined ? {} : { token }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
};

describe('rules over the API', () => {
  it('are written, shown with where they stand, changed and deleted', async () => {
    const made = await call('POST', '/api/v1/rules', { ...draft, id: 'night' });
    expect([made.status, made.body.rule.id, made.body.standing.state, made.body.warning]).toEqual([201, 'night', 'idle', null]);
    expect((await call('POST', '/api/v1/rules', { ...draft, id: 'night' })).status).toBe(409);
    expect((await call('PUT', '/api/v1/rules/night', { ...draft, name: 'Later' })).body.rule).toMatchObject({
      id: 'night',
      name: 'Later',
    });
    expect((await call('GET', '/api/v1/rules?unit=u1')).body.count).toBe(1);
    expect((await call('DELETE', '/api/v1/rules/night')).status).toBe(204);
    expect((await call('GET', '/api/v1/rules/night')).status).toBe(404);
  });

  it('have their unit read without a break, in whichever words they are written', async () => {
    const isMonitored = (unit: string): boolean | undefined => server.services.fleet.unit(unit)?.config.monitorEnabled;
    for (const unit of ['u1', 'u2']) await call('POST', `/api/nl43/${unit}/monitor/stop`);
    expect([isMonitored('u1'), isMonitored('u2')]).toEqual([false, false]);
    await call('POST', '/api/v1/rules', { ...draft, id: 'off', enabled: false });
    expect(isMonitored('u1')).toBe(false);
    await call('PUT', '/api/v1/rules/off', draft);
    await call('POST', '/api/nl43/u2/alerts/rules', { threshold_db: 80 });
    expect([isMonitored('u1'), isMonitored('u2')]).toEqual([true, true]);
  });

  it.each([
    ['without a threshold', { ...draft, levels: [] }],
    [
      'with levels the wrong way round',
      {
        ...draft,
        levels: [
          { name: 'warn', threshold: 70 },
          { name: 'alarm', threshold: 60 },
        ],
      },
    ],
    ['with a metric nobody knows', { ...draft, metric: { kind: 'nonsense' } }],
    [
      'with a time that is none',
      { ...draft, schedule: { windows: [{ days: [1], from: '25:99', to: '07:00' }], holidays: [], on_holidays: 'off' } },
    ],
    ['for a unit that is not there', { ...draft, unit: 'nobody' }],
    ['with headroom and no window', { ...draft, metric: { kind: 'headroom', limit: 65 } }],
  ])('are refused %s', async (_name, body) => {
    const answer = await call('POST', '/api/v1/rules', body);
    expect(answer.status).toBe(422);
    expect(answer.body.detail).not.toBe('');
  });

  it('are refused past fifty of a unit, in whichever words they are written', async () => {
    const { engine } = server.services.alerts;
    for (let number = 0; number < 50; number += 1) {
      const rule = { ...draft, id: `rule-${number}`, levels: [{ name: 'warn' as const, threshold: 60 }] };
      await engine.putRule(ruleSchema.parse(rule));
    }
    const refused = { status: 409, body: { detail: expect.stringContaining('u1 has 50 rules') } };
    expect(await call('POST', '/api/nl43/u1/alerts/rules', { threshold_db: 80 })).toEqual(refused);
    expect((await call('POST', '/api/v1/rules', draft)).status).toBe(422);
    expect((await call('PUT', '/api/v1/rules/rule-7', { ...draft, name: 'Later' })).status).toBe(200);
    expect((await call('POST', '/api/nl43/u2/alerts/rules', { threshold_db: 80 })).status).toBe(200);
  });

  it('are refused with a receiver nobody knows', async () => {
    const answer = await call('POST', '/api/v1/rules', { ...draft, notify: ['nobody'] });
    expect([answer.status, answer.body.detail]).toEqual([422, expect.stringContaining('no receiver nobody')]);
  });

  it('warn of cumulative values', async () => {
    expect((await call('POST', '/api/v1/rules', { ...draft, metric: { kind: 'device', of: 'leq' } })).body.warning).toContain(
      'cumulative',
    );
  });

  it('stay with those who may see their unit', async () => {
    await call('POST', '/api/v1/rules', { ...draft, id: 'night' });
    const other = await server.token('operator', ['u2']);
    expect((await call('GET', '/api/v1/rules', undefined, other)).body.count).toBe(0);
    expect((await call('GET', '/api/v1/rules/night', undefined, other)).status).toBe(404);
    expect((await call('DELETE', '/api/v1/rules/night', undefined, other)).status).toBe(404);
    expect((await call('POST', '/api/v1/rules', draft, other)).status).toBe(403);
    const viewer = await server.token('viewer');
    expect((await call('POST', '/api/v1/rules', draft, viewer)).status).toBe(403);
  });
});

describe('SLMM rules', () => {
  it('come back in its shape, with its numbers and defaults', async () => {
    const made = await call('POST', '/api/nl43/u1/alerts/rules', { threshold_db: 130 });
    expect(made.body).toEqual({
      status: 'ok',
      rule: {
        id: 1,
        unit_id: 'u1',
        name: 'Alert',
        metric: 'lp',
        comparison: 'above',
        threshold_db: 130,
        duration_s: 0,
        clear_margin_db: 2,
        cooldown_s: 300,
        schedule_start: null,
        schedule_end: null,
        schedule_days: null,
        channels: 'log',
        recipients: null,
        enabled: true,
      },
    });
    expect(
      (await call('PUT', '/api/nl43/u1/alerts/rules/1', { threshold_db: 125, name: 'Loud', enabled: false })).body.rule,
    ).toMatchObject({ id: 1, name: 'Loud', enabled: false });
    expect((await call('GET', '/api/nl43/u1/alerts/rules')).body.rules).toHaveLength(1);
    expect((await call('DELETE', '/api/nl43/u1/alerts/rules/1')).body).toEqual({ status: 'ok', deleted: 1 });
    expect(await call('DELETE', '/api/nl43/u1/alerts/rules/1')).toEqual({
      status: 404,
      body: { detail: 'Alert rule not found' },
    });
  });

  it.each([{ threshold_db: 2e6 }, { threshold_db: -2e6 }, { threshold_db: 80, clear_margin_db: 1001 }])(
    'refuses in words of SLMM what no rule can be: %j',
    async (body) => {
      const { status, body: answer } = await call('POST', '/api/nl43/u1/alerts/rules', body);
      expect([status, answer.detail[0].loc[0]]).toEqual([422, 'body']);
    },
  );

  it('calls a rule of SLMM whose name is blank by the name of none', async () => {
    const made = await call('POST', '/api/nl43/u1/alerts/rules', { threshold_db: 80, name: '  ' });
    expect([made.status, made.body.rule?.name]).toEqual([200, 'Alert']);
  });

  it('wait for their duration on both edges, as in SLMM', async () => {
    await call('POST', '/api/nl43/u1/alerts/rules', { threshold_db: 50, duration_s: 60 });
    const { body } = await call('GET', '/api/v1/rules?unit=u1');
    expect(body.rules[0].rule).toMatchObject({ hold_s: 60, clear_hold_s: 60 });
  });

  it('are refused in its shape', async () => {
    expect((await call('POST', '/api/nl43/u1/alerts/rules', { name: 'x' })).body).toEqual({
      detail: [{ loc: ['body', 'threshold_db'], msg: 'field required', type: 'value_error.missing' }],
    });
    expect((await call('POST', '/api/nl43/u1/alerts/rules', { threshold_db: 'loud' })).body.detail[0]).toMatchObject({
      msg: 'value is not a valid float',
    });
    expect((await call('POST', '/api/nl43/u1/alerts/rules', { threshold_db: 80, schedule_start: '25:99' })).status).toBe(422);
  });

  it('keep a schedule through midnight', async () => {
    await call('POST', '/api/nl43/u1/alerts/rules', {
      threshold_db: 50,
      schedule_start: '22:00',
      schedule_end: '07:00',
      schedule_days: 'mon,tue',
    });
    const rules = await call('GET', '/api/v1/rules?unit=u1');
    expect(rules.body.rules[0].rule.schedule.windows).toEqual([{ days: [1, 2], from: '22:00', to: '07:00' }]);
  });
});

describe('events over the API', () => {
  it("are listed, acknowledged and commented, and told in SLMM's shape", async () => {
    const { engine } = server.services.alerts;
    engine.unitState('u1', {
      link: 'refused',
      since: new Date(EXAMPLE_START_MS).toISOString(),
      last_ok: null,
      reachable: false,
      failures: 3,
      reason: 'refused',
      run: 'unknown',
      run_since: null,
      run_since_basis: null,
      owner: null,
      acquisition: 'dod',
      battery: null,
      power: null,
      sd_free_mb: null,
      garbled: 0,
    });
    await engine.settled();
    const listed = await call('GET', '/api/v1/events?status=active');
    expect(listed.body.events).toMatchObject([
      { kind: 'connectivity', unit: 'u1', name: 'Device unreachable', status: 'active' },
    ]);
    const id = listed.body.events[0].event_id as string;
    const acknowledged = await call('POST', `/api/v1/events/${id}/ack`, { comment: 'on my way' });
    expect(acknowledged.body.steps.map((step: { kind: string }) => step.kind)).toEqual(['onset', 'acknowledge', 'comment']);
    expect((await call('POST', `/api/v1/events/${id}/ack`)).status, 'nothing need be said with it').toBe(200);
    const slmm = await call('GET', '/api/nl43/u1/alerts/events');
    expect(slmm.body.events[0]).toMatchObject({
      rule_id: 0,
      rule_name: 'Device unreachable',
      metric: 'connectivity',
      threshold_db: 0,
      status: 'active',
      clear_at: null,
    });
    expect((await call('POST', `/api/nl43/u1/alerts/events/${slmm.body.events[0].id}/ack?by=tester`)).body).toMatchObject({
      status: 'ok',
    });
    expect(await call('POST', '/api/nl43/u1/alerts/events/9999/ack')).toEqual({
      status: 404,
      body: { detail: 'Alert event not found' },
    });
    expect((await call('GET', '/api/v1/events/nobody')).status).toBe(404);
  });
});

describe('lists over the API', () => {
  it('go on where the page before ended, and refuse a mark that is none', async () => {
    const { store } = server.services.alerts;
    const events = [1, 2, 3].map((second) => builtInRecord('no-data', 'u1', second * 1000, ''));
    const outbox = ['ntf_1', 'ntf_2', 'ntf_3'].map((id) => entryExample(id));
    await store.commit({ events, checkpoints: [], outbox });
    for (const [path, list, id, expected] of [
      ['/api/v1/events?unit=u1', 'events', 'event_id', events.toReversed().map((one) => one.id)],
      ['/api/v1/notifications?', 'notifications', 'id', outbox.map((one) => one.id)],
    ] as const) {
      const seen: string[] = [];
      for (let next: string | null = ''; next !== null;) {
        const { body } = await call('GET', `${path}&limit=2${next === '' ? '' : `&next=${next}`}`);
        seen.push(...body[list].map((one: Record<string, string>) => one[id]));
        ({ next } = body);
      }
      expect(seen).toEqual(expected);
      expect((await call('GET', `${path}&next=bm9uZQ`)).status).toBe(422);
    }
  });
});

describe('receivers and silences over the API', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

  it('never show a secret, and keep it when it comes back masked', async () => {
    const receiver = { name: 'Duty', channels: [{ kind: 'webhook', url: 'https://hooks.example.org/x', secrets: [secret] }] };
    expect((await call('PUT', '/api/v1/receivers/duty', receiver)).body.channels[0].secrets).toEqual(['***']);
    const listed = await call('GET', '/api/v1/receivers');
    expect(JSON.stringify(listed.body)).not.toContain(secret);
    await call('PUT', '/api/v1/receivers/duty', { ...listed.body.receivers[0], name: 'Night duty' });
    expect((await server.services.alerts.store.receivers())[0]).toMatchObject({
      name: 'Night duty',
      channels: [{ secrets: [secret] }],
    });
    expect((await call('DELETE', '/api/v1/receivers/duty')).status).toBe(204);
  });

  it('say when they cannot be told, and are tried out', async () => {
    const channels = [{ kind: 'email', address: 'ann@example.org' }];
    expect((await call('PUT', '/api/v1/receivers/duty', { name: 'Duty', channels })).body.warning).toContain('SLMM_SMTP_URL');
    expect(await call('POST', '/api/v1/receivers/duty/test')).toEqual({
      status: 200,
      body: { channels: [{ kind: 'email', delivered: false, detail: 'the hub has no email channel set up' }] },
    });
    expect((await call('POST', '/api/v1/receivers/nobody/test')).status).toBe(404);
    expect((await call('POST', '/api/v1/receivers/duty/test', undefined, await server.token('operator'))).status).toBe(403);
  });

  it("show and change silences and notifications of the caller's own units only", async () => {
    const own = await server.token('operator', ['u2']);
    const silence = { unit: 'u1', from: '2026-06-01T10:00:00Z', to: '2026-06-01T11:00:00Z', reason: 'works' };
    const { body } = await call('POST', '/api/v1/silences', silence);
    const everywhere = await call('POST', '/api/v1/silences', { ...silence, unit: null });
    expect((await call('POST', '/api/v1/silences', silence, own)).status).toBe(403);
    expect((await call('POST', '/api/v1/silences', { ...silence, unit: null }, own)).status).toBe(403);
    expect((await call('GET', '/api/v1/silences', undefined, own)).body.silences).toMatchObject([{ unit: null }]);
    expect((await call('DELETE', `/api/v1/silences/${body.id}`, undefined, own)).status).toBe(404);
    expect((await call('DELETE', `/api/v1/silences/${everywhere.body.id}`, undefined, own)).status).toBe(403);
    expect((await call('DELETE', `/api/v1/silences/${body.id}`)).status).toBe(204);
    const entry = entryExample('ntf_1', { attempts: 1, state: 'gave-up', endedMs: 1 });
    await server.services.alerts.store.commit({ events: [], checkpoints: [], outbox: [entry] });
    expect((await call('GET', '/api/v1/notifications', undefined, own)).body.count).toBe(0);
    expect((await call('POST', '/api/v1/notifications/ntf_1/replay', undefined, own)).status).toBe(404);
    expect((await call('GET', '/api/v1/notifications')).body.count).toBe(1);
    expect((await call('POST', '/api/v1/notifications/ntf_1/replay')).body).toMatchObject({ state: 'waiting', id: 'ntf_1' });
  });

  it('refuse what cannot be told, and to silence what nobody knows', async () => {
    const hour = { from: '2026-06-01T10:00:00Z', to: '2026-06-01T11:00:00Z', reason: 'works' };
    expect((await call('POST', '/api/v1/silences', { ...hour, unit: 'u1x' })).body.detail).toContain('no unit or edge u1x');
    expect((await call('POST', '/api/v1/silences', { ...hour, rule: 'night' })).body.detail).toContain('no rule night');
    expect((await call('PUT', '/api/v1/receivers/duty', { name: 'Duty', channels: [{ kind: 'pigeon' }] })).status).toBe(422);
    expect(
      (await call('POST', '/api/v1/silences', { from: '2026-06-01T10:00:00Z', to: '2026-06-01T09:00:00Z', reason: 'x' })).status,
    ).toBe(422);
  });
});

describe('rehearsal over the API', () => {
  it('says what a draft would have done, by day', async () => {
    const startMs = Date.parse('2026-06-01T10:00:00Z');
    const readings = Array.from({ length: 120 }, (_, index) => {
      const atMs = startMs + (index + 1) * 1000;
      const level = index >= 30 && index < 90 ? 75 : 50;
      const frame = exampleFrame({
        unit: 'u1',
        epoch: '01TESTEPOCH',
        seq: index + 1,
        at: new Date(atMs).toISOString(),
        src: 'drd' as const,
        lp: level,
        leq: null,
        le: null,
        lmax: null,
        lmin: null,
        lpeak: null,
        ln: [null, null, null, null, null] as [null, null, null, null, null],
        settings: null,
        interval: { s: 1, leq: level, lmax: level, lmin: level, lpeak: level, basis: 'drd' as const, ticks: 10 },
      });
      return { frame, atMs, late: false };
    });
    await server.readings.append({ readings, streams: [], deadLetters: [] });
    const rule = { ...draft, metric: { kind: 'lp' }, levels: [{ name: 'warn', threshold: 70 }] };
    const answer = await call('POST', '/api/v1/rules/rehearse', {
      rule,
      from: '2026-05-31T10:00:00Z',
      to: '2026-06-01T11:00:00Z',
    });
    const days = [
      { date: '2026-05-31', onsets: 0, alarm_minutes: 0, readings: 0 },
      { date: '2026-06-01', onsets: 1, alarm_minutes: 1, readings: 120 },
    ];
    expect(answer.body).toMatchObject({ readings: 120, days, told: {} });
    expect(answer.body.events).toHaveLength(1);
    expect(answer.body.extreme).toEqual({ at: '2026-06-01T10:00:31.000Z', value: 75 });
    expect(answer.body.decisions).toEqual([
      { at: '2026-06-01T10:00:01.000Z', state: 'idle', reason: '50 is not over the limit of 70' },
      { at: '2026-06-01T10:00:31.000Z', state: 'active', reason: '75 is over the limit of 70' },
      { at: '2026-06-01T10:01:31.000Z', state: 'idle', reason: '50 is not over the limit of 70' },
    ]);
    expect((await server.services.alerts.store.events({ limit: 10 })).length).toBe(0);
  });

  it('refuses a metric that has no history', async () => {
    const rule = { ...draft, metric: { kind: 'connectivity', of: 'unit' }, levels: [{ name: 'warn', threshold: 0.5 }] };
    expect(
      (await call('POST', '/api/v1/rules/rehearse', { rule, from: '2026-06-01T10:00:00Z', to: '2026-06-01T11:00:00Z' })).status,
    ).toBe(422);
  });
});
