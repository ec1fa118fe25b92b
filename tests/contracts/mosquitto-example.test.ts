/** The example of `infra/mosquitto`, as operators copy it: a real mosquitto with these files lets everybody do what the contract says, and nothing else. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { topics } from '@slmm/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMosquitto, type Mosquitto, startMosquitto } from '../servers/mosquitto.ts';

const EXAMPLE = new URL('../../infra/mosquitto/', import.meta.url);
const USERS = ['hub', 'site-1', 'site-2', 'reader'];
const program = findMosquitto();

describe.skipIf(program === null)('mosquitto with the example of infra/mosquitto', () => {
  let broker: Mosquitto;
  const clients: MqttClient[] = [];

  beforeAll(async () => {
    broker = await startMosquitto(program ?? '', (folder, port) => {
      const [passwords, acl] = [join(folder, 'passwords'), new URL('acl', EXAMPLE).pathname];
      for (const [index, user] of USERS.entries())
        execFileSync('mosquitto_passwd', ['-b', ...(index === 0 ? ['-c'] : []), passwords, user, `${user}-secret`]);
      // Started by root it would give up its rights and then not read what root has just written.
      const rights = process.getuid?.() === 0 ? 'user root\n' : '';
      const example = readFileSync(new URL('mosquitto.conf', EXAMPLE), 'utf8')
        .replace('listener 1883', `listener ${port} 127.0.0.1`)
        .replace('/etc/mosquitto/passwords', passwords)
        .replace('/etc/mosquitto/acl', acl)
        .replace('/var/lib/mosquitto/', `${folder}/`);
      return rights + example;
    });
  });
  afterAll(async () => {
    for (const client of clients) await client.endAsync(true);
    await broker.close();
  });

  const as = async (user: string, password = `${user}-secret`): Promise<MqttClient> => {
    const client = await connectAsync(broker.url, { username: user, password, protocolVersion: 4, reconnectPeriod: 0 });
    clients.push(client);
    return client;
  };

  /** Whether what `writer` publishes on the topic reaches `reader`, who asked for exactly it. A message on a topic that passes in any case tells when to stop waiting. */
  const passes = async (writer: MqttClient, reader: MqttClient, topic: string, after: string): Promise<boolean> => {
    const seen: string[] = [];
    const isOver = new Promise<void>((resolve) => {
      reader.on('message', (of) => {
        seen.push(of);
        if (of === after) resolve();
      });
    });
    for (const filter of [topic, after]) await reader.subscribeAsync(filter, { qos: 1 }).catch(() => undefined);
    await writer.publishAsync(topic, 'x', { qos: 1 });
    await writer.publishAsync(after, 'x', { qos: 1 });
    await isOver;
    return seen.includes(topic);
  };

  it('lets nobody in without a password', async () => {
    await expect(connectAsync(broker.url, { reconnectPeriod: 0 })).rejects.toThrow(/authori[sz]ed/i);
    await expect(as('site-1', 'site-2-secret')).rejects.toThrow(/authori[sz]ed/i);
  });

  it('lets an edge publish below its own name, and the hub hear it', async () => {
    expect(await passes(await as('site-1'), await as('hub'), topics.dod('site-1', 'u1'), topics.edgeState('site-1'))).toBe(true);
  });

  it('drops what an edge publishes below the name of another', async () => {
    expect(await passes(await as('site-1'), await as('hub'), topics.dod('site-2', 'u1'), topics.edgeState('site-1'))).toBe(false);
  });

  it('lets an edge hear its own acknowledges and the state of the hub, not the acknowledges of another', async () => {
    const [hub, after] = [await as('hub'), topics.hubState()];
    expect(await passes(hub, await as('site-1'), topics.ack('site-1'), after)).toBe(true);
    expect(await passes(hub, await as('site-1'), topics.ack('site-2'), after)).toBe(false);
  });

  it('lets a reader hear frames, and nothing that edges and hub say to each other', async () => {
    const [edge, hub] = [await as('site-2'), await as('hub')];
    expect(await passes(edge, await as('reader'), topics.dod('site-2', 'u1'), topics.edgeState('site-2'))).toBe(true);
    expect(await passes(hub, await as('reader'), topics.command('site-2'), topics.hubState())).toBe(false);
    expect(await passes(hub, await as('reader'), topics.config('site-2'), topics.hubState())).toBe(false);
  });

  it('drops what a reader publishes', async () => {
    const [reader, hub] = [await as('reader'), await as('hub')];
    expect(await passes(reader, hub, topics.dod('site-1', 'u1'), 'slmm/v1/reader/state')).toBe(false);
  });
});
