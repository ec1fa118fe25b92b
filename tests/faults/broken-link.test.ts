import { MqttBusClient } from '@slmm/edge-agent/testing';
import { topics } from '@slmm/protocol';
import { createLogger, systemClock } from '@slmm/shared';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubModel, until } from '../journeys/edge-hub-model.ts';
import { FaultProxy, type LinkFault } from './fault-proxy.ts';

const EDGE = 'behind-nat';

describe('the link between an edge and its broker', () => {
  const hub = new HubModel(EDGE);
  let proxy: FaultProxy;
  let bus: MqttBusClient;
  let sessions = 0;
  let reasons: string[] = [];

  beforeEach(async () => {
    await hub.start();
    proxy = new FaultProxy(hub.port);
    await proxy.open();
    sessions = 0;
    reasons = [];
  });
  afterEach(async () => {
    await bus.close();
    proxy.close();
    await hub.stop();
  });

  const connect = async (keepaliveS: number): Promise<void> => {
    bus = new MqttBusClient({
      url: `mqtt://127.0.0.1:${proxy.port}`,
      clientId: EDGE,
      username: EDGE,
      password: null,
      keepaliveS,
      subscriptions: [{ filter: topics.ack(EDGE), qos: 1 }],
      lastWill: () => ({ topic: topics.edgeState(EDGE), payload: '{}' }),
      clock: systemClock,
      random: () => 0,
      log: createLogger('test', 'silent'),
    });
    bus.start({
      connected: () => (sessions += 1),
      disconnected: (reason) => reasons.push(reason),
      message: () => undefined,
    });
    await until('a session', () => sessions === 1);
  };

  it.each<[name: string, fault: LinkFault]>([
    ['a NAT that forgot it', { frozen: true }],
    ['a link on which nothing comes back', { halfOpen: true }],
  ])('%s is noticed within one and a half keepalives, and a new session begins', async (_name, fault) => {
    await connect(2);
    proxy.set(fault);
    const startedMs = performance.now();
    await until('it is noticed', () => reasons.length > 0, 8000);
    expect(performance.now() - startedMs).toBeLessThan(1.5 * 2000 + 3000);
    proxy.set({});
    await until('a new session', () => sessions === 2);
  });

  it('fails the publish that was under way when it broke, wherever in the message that was', async () => {
    const payload = Buffer.alloc(100, 0x20);
    for (let bytes = 0; bytes <= 400; bytes += 11) {
      sessions = 0;
      await connect(60);
      proxy.set({ cutAfterBytes: proxy.carriedMost + bytes });
      const sent = await bus.publish(topics.unitState(EDGE, 'u1'), payload, { qos: 1, retain: false });
      // Whole in both directions, or not sent: nothing in between.
      if (sent) expect(bus.connected).toBe(true);
      else await until('it is told', () => reasons.length > 0);
      await bus.close();
      proxy.set({});
      reasons = [];
    }
  });
});
