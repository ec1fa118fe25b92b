/** An alert, from the loud meter to the people: rule over REST, bus, webhook, mail, acknowledgement, end; and what a restart must not do to it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { alertNotificationSchema } from '@slmm/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ADMIN_TOKEN, eventually, startWholeStack, type WholeStack } from './whole-stack.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
interface Hook {
  readonly id: string;
  readonly verified: boolean;
  readonly body: { readonly type: string; readonly data: { readonly alerts: readonly Record<string, unknown>[] } };
}

let stack: WholeStack;
let hookServer: Server;
let mailServer: SMTPServer;
let reader: MqttClient;
const hooks: Hook[] = [];
const mails: string[] = [];
const events: Record<string, unknown>[] = [];
/** Types of what the receiver's MQTT channel was told. */
const notified: string[] = [];
const states = new Map<string, string>();
/** Steps that a viewer saw. */
const seen: { readonly event_id: string; readonly step: string; readonly acknowledged_by: string | null }[] = [];
let viewer: WebSocket;

beforeAll(async () => {
  hookServer = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      let verified = true;
      try {
        new Webhook(SECRET).verify(body, headers);
      } catch {
        verified = false;
      }
      hooks.push({ id: headers['webhook-id'] ?? '', verified, body: JSON.parse(body) as Hook['body'] });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => hookServer.listen(0, '127.0.0.1', done));
  mailServer = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, _session, callback) {
      let mail = '';
      stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
      stream.on('end', () => {
        mails.push(mail);
        callback();
      });
    },
  });
  await new Promise<void>((done) => mailServer.listen(0, '127.0.0.1', done));
  const mailPort = (mailServer.server.address() as AddressInfo).port;
  stack = await startWholeStack({ hub: { SLMM_SMTP_URL: `smtp://127.0.0.1:${mailPort}`, SLMM_WEBHOOK_PRIVATE: 'yes' } });
  reader = await connectAsync(`mqtt://127.0.0.1:${stack.hub.mqttPort}`, { username: 'reader', password: ADMIN_TOKEN });
  reader.on('message', (topic, payload) => {
    if (topic.endsWith('/event')) events.push(JSON.parse(payload.toString()));
    else if (topic.endsWith('/notification')) notified.push(alertNotificationSchema.parse(JSON.parse(payload.toString())).type);
    else states.set(topic, payload.toString() === '' ? '' : String(JSON.parse(payload.toString()).state));
  });
  await reader.subscribeAsync(['slmm/v1/alert/+/event', 'slmm/v1/alert/+/+/state', 'slmm/v1/alert/duty/notification'], {
    qos: 1,
  });
  viewer = new WebSocket(`ws://127.0.0.1:${stack.hub.httpPort}/api/v1/live?token=${ADMIN_TOKEN}`);
  viewer.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { type: string; alert: (typeof seen)[number] };
    if (message.type === 'alert') seen.push(message.alert);
  });
  await new Promise((done) => viewer.on('open', done));
  viewer.send(JSON.stringify({ type: 'subscribe', units: [], alerts: true }));
  const hookPort = (hookServer.address() as AddressInfo).port;
  const channels = [
    { kind: 'webhook', url: `http://127.0.0.1:${hookPort}/hook`, secrets: [SECRET] },
    { kind: 'email', address: 'duty@example.org' },
    { kind: 'mqtt' },
  ];
  expect((await stack.ask('PUT', '/api/v1/receivers/duty', { name: 'Duty', channels, group_wait_s: 0 })).status).toBe(200);
  stack.meters.meter('NL43-01').holdLevel(50);
});
afterAll(async () => {
  viewer?.terminate();
  await reader?.endAsync();
  await stack?.close();
  hookServer?.closeAllConnections();
  hookServer?.close();
  await new Promise<void>((done) => mailServer.close(() => done()));
});

describe('an alert', () => {
  it("rises on the meter's own level, reaches webhook, mail, bus and viewers once each, is acknowledged, and ends", async () => {
    const rule = {
      id: 'loud',
      unit: 'NL43-01',
      name: 'Too loud',
      metric: { kind: 'lp' },
      levels: [
        { name: 'warn', threshold: 70 },
        { name: 'alarm', threshold: 90 },
      ],
      notify: ['duty'],
    };
    expect((await stack.ask('POST', '/api/v1/rules', rule)).status).toBe(201);
    stack.meters.meter('NL43-01').holdLevel(80);
    const [hook] = await eventually('the webhook was called', () => (hooks.length > 0 ? hooks : null));
    expect(hook).toMatchObject({
      verified: true,
      body: { type: 'alert.onset', data: { alerts: [{ unit: 'NL43-01', rule: 'loud', level: 'warn' }] } },
    });
    await eventually('the mail has come', () => mails.length > 0);
    expect(mails[0]).toContain('Subject: [WARN] NL43-01: Too loud');
    await eventually('the bus has it', () => events.some((event) => event['kind'] === 'onset' && event['rule'] === 'loud'));
    expect(states.get('slmm/v1/alert/NL43-01/loud/state')).toBe('active');

    const { body } = await stack.ask('GET', '/api/v1/events?status=active');
    const id = String(body.events[0].event_id);
    expect((await stack.ask('POST', `/api/v1/events/${id}/ack`, { comment: 'on my way' })).body.acknowledged_by).not.toBeNull();
    await eventually('the bus has the acknowledgement', () => events.some((event) => event['kind'] === 'acknowledge'));

    stack.meters.meter('NL43-01').holdLevel(50);
    const cleared = await eventually('it has ended', async () => {
      const answer = await stack.ask('GET', `/api/v1/events/${id}`);
      return answer.body.status === 'cleared' && answer.body.notifications.length === 6 ? answer.body : null;
    });
    expect(cleared).toMatchObject({ end_reason: 'recovered', gravest: 'warn', late: false });
    await eventually('the end was told', () => hooks.length === 2 && mails.length === 2);
    expect(hooks.map((one) => one.body.type)).toEqual(['alert.onset', 'alert.clear']);
    expect(new Set(hooks.map((one) => one.id)).size).toBe(2);
    await eventually('the receiver was told on the bus', () => notified.length === 2);
    expect(notified).toEqual(['alert.onset', 'alert.clear']);
    await eventually('the viewer saw the end', () => seen.some(({ event_id: of, step }) => of === id && step === 'clear'));
    const steps = seen.filter((alert) => alert.event_id === id);
    expect(steps.map(({ step }) => step)).toEqual(['onset', 'acknowledge', 'comment', 'clear']);
    expect(steps.at(-1)?.acknowledged_by).not.toBeNull();
  });

  it('goes on through a restart of the hub: the same event, and nobody is told twice', async () => {
    const before = hooks.length;
    // The cooldown of the rule is for repetitions of the mild level only.
    stack.meters.meter('NL43-01').holdLevel(95);
    await eventually('the grave level was told', () => hooks.length > before);
    const told = hooks.length;
    const { body: first } = await stack.ask('GET', '/api/v1/events?status=active');
    const signIn = await fetch(`http://127.0.0.1:${stack.hub.httpPort}/sign-in?token=${ADMIN_TOKEN}`, { redirect: 'manual' });
    const cookie = (signIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    await stack.restartHub();
    // Whoever is woken by it need not look for a token first.
    const session = await fetch(`http://127.0.0.1:${stack.hub.httpPort}/api/v1/session`, { headers: { cookie } });
    expect(session.status).toBe(200);
    const after = await eventually('readings come again', async () => {
      const { body } = await stack.ask('GET', '/api/v1/rules/loud');
      return body.standing?.at !== null && Date.now() - Date.parse(body.standing?.at ?? 0) < 3000 ? body : null;
    });
    expect(after.standing).toMatchObject({ state: 'active', event_id: first.events[0].event_id });
    const { body: second } = await stack.ask('GET', '/api/v1/events?status=active');
    expect(second.events.map((event: { event_id: string }) => event.event_id)).toEqual(
      first.events.map((event: { event_id: string }) => event.event_id),
    );
    expect(hooks.length).toBe(told);
  });

  it('says that a unit cannot be reached, and that it is back', async () => {
    stack.meters.meter('NL43-01').setFault('F1', {});
    stack.meters.meter('NL43-01').resetConnections();
    await eventually(
      'the unreachable unit is an event',
      async () => {
        const { body } = await stack.ask('GET', '/api/nl43/NL43-01/alerts/events');
        return body.events.some(
          (event: { metric: string; status: string }) => event.metric === 'connectivity' && event.status === 'active',
        );
      },
      60_000,
    );
    stack.meters.meter('NL43-01').clearFault('F1');
    await eventually(
      'its return ends the event',
      async () => {
        const { body } = await stack.ask('GET', '/api/nl43/NL43-01/alerts/events');
        return body.events.every(
          (event: { metric: string; status: string }) => event.metric !== 'connectivity' || event.status === 'cleared',
        );
      },
      90_000,
    );
  });

  it('takes its retained state along when the rule is deleted', async () => {
    expect((await stack.ask('DELETE', '/api/v1/rules/loud')).status).toBe(204);
    await eventually('the state was removed from the bus', () => states.get('slmm/v1/alert/NL43-01/loud/state') === '');
  });
});
