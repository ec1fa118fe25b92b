import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { FrameInspector, MAX_CONNECT_BYTES, MAX_PUBLISH_BYTES } from './frame-inspector.ts';

const connect = generate({ cmd: 'connect', clientId: 'c', clean: true, keepalive: 60, protocolId: 'MQTT', protocolVersion: 4 });
const publish = (bytes: number): Buffer =>
  generate({ cmd: 'publish', topic: 'a', payload: Buffer.alloc(bytes), qos: 0, dup: false, retain: false });
const header = (first: number, length: number): Buffer => {
  const bytes = [first];
  let rest = length;
  do {
    bytes.push((rest % 128) + (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
};
const opened = (): FrameInspector => {
  const inspector = new FrameInspector();
  inspector.inspect(connect);
  return inspector;
};
const refusal = (inspector: FrameInspector, bytes: Buffer): string => {
  const seen = inspector.inspect(bytes);
  return seen.kind === 'refuse' ? seen.reason : 'passed';
};

describe('FrameInspector', () => {
  it('passes CONNECT whole and holds back what follows it', () => {
    const inspector = new FrameInspector();
    const seen = inspector.inspect(Buffer.concat([connect, publish(3)]));
    expect(seen).toEqual({ kind: 'pass', bytes: [connect], rest: publish(3) });
    expect(inspector.inspect(publish(3))).toEqual({ kind: 'pass', bytes: [publish(3)] });
  });

  it('passes a legal stream unchanged wherever it is cut', () => {
    const packets: Packet[] = [
      { cmd: 'publish', topic: 'slmm/v1/e/state', payload: 'x'.repeat(300), qos: 1, messageId: 7, dup: true, retain: true },
      { cmd: 'subscribe', messageId: 8, subscriptions: [{ topic: 'a/b', qos: 1 }] },
      { cmd: 'unsubscribe', messageId: 9, unsubscriptions: ['a/b'] },
      { cmd: 'puback', messageId: 7 },
      { cmd: 'pubrel', messageId: 3 },
      { cmd: 'pingreq' },
      { cmd: 'disconnect' },
    ];
    const whole = Buffer.concat([connect, ...packets.map((packet) => generate(packet))]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const inspector = new FrameInspector();
        const passed: Buffer[] = [];
        let offset = 0;
        for (let index = 0; offset < whole.length; index += 1) {
          const size = sizes[index % sizes.length] ?? 1;
          let chunk: Buffer | undefined = whole.subarray(offset, offset + size);
          offset += size;
          while (chunk !== undefined && chunk.length > 0) {
            const seen = inspector.inspect(chunk);
            if (seen.kind === 'refuse') throw new Error(seen.reason);
            passed.push(...seen.bytes);
            chunk = seen.rest;
          }
        }
        expect(Buffer.concat(passed).equals(whole)).toBe(true);
      }),
    );
  });

  it('refuses what announces more than is allowed, at the header', () => {
    expect(refusal(new FrameInspector(), header(0x10, 268_435_455))).toContain('CONNECT of 268435455 bytes');
    expect(refusal(new FrameInspector(), header(0x10, MAX_CONNECT_BYTES + 1))).toContain('CONNECT of');
    expect(refusal(new FrameInspector(), header(0x10, MAX_CONNECT_BYTES))).toBe('passed');
    expect(refusal(opened(), header(0x30, MAX_PUBLISH_BYTES + 1))).toContain('PUBLISH of');
    expect(refusal(opened(), header(0x30, MAX_PUBLISH_BYTES))).toBe('passed');
    expect(refusal(opened(), header(0x82, 1_000_000))).toContain('SUBSCRIBE of');
  });

  it.each([
    ['a remaining length of five bytes', Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]), 'more than four bytes'],
    ['QoS 3', Buffer.from([0x36, 0x05]), 'PUBLISH with flags 6'],
    ['SUBSCRIBE without its flag', Buffer.from([0x80, 0x05]), 'SUBSCRIBE with flags 0'],
    ['PINGREQ with flags', Buffer.from([0xc1, 0x00]), 'PINGREQ with flags 1'],
    ['PINGREQ with a body', Buffer.from([0xc0, 0x01]), 'PINGREQ of 1 bytes'],
    ['PUBACK with a long body', Buffer.from([0x40, 0x03]), 'PUBACK of 3 bytes'],
    ['CONNACK from a client', Buffer.from([0x20, 0x02]), 'packet type 2'],
    ['packet type 0', Buffer.from([0x00, 0x00]), 'packet type 0'],
    ['AUTH of MQTT 5', Buffer.from([0xf0, 0x00]), 'packet type 15'],
    ['a second CONNECT', connect, 'second CONNECT'],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(refusal(opened(), bytes)).toContain(reason);
  });

  it('refuses everything before CONNECT', () => {
    expect(refusal(new FrameInspector(), publish(1))).toBe('PUBLISH before CONNECT');
    expect(refusal(new FrameInspector(), Buffer.from('GET / HTTP/1.1\r\n'))).toBe('PUBACK before CONNECT');
  });

  it('tells an MQTT 5 client in its own words that its version is not spoken', () => {
    const five = generate({ cmd: 'connect', clientId: 'c', clean: true, keepalive: 60, protocolId: 'MQTT', protocolVersion: 5 });
    expect(new FrameInspector().inspect(five)).toMatchObject({ kind: 'refuse', answer: Buffer.from([0x20, 3, 0, 0x84, 0]) });
  });

  it('takes MQTT 3.1 and bridges, and refuses other levels and names', () => {
    const old = generate({ cmd: 'connect', clientId: 'c', clean: true, keepalive: 60, protocolId: 'MQIsdp', protocolVersion: 3 });
    expect(new FrameInspector().inspect(old).kind).toBe('pass');
    const bridge = Buffer.from(connect);
    bridge[8] = 0x84;
    expect(new FrameInspector().inspect(bridge).kind).toBe('pass');
    const six = Buffer.from(connect);
    six[8] = 6;
    expect(new FrameInspector().inspect(six)).toMatchObject({ kind: 'refuse', answer: Buffer.from([0x20, 2, 0, 1]) });
    const other = Buffer.from(connect);
    other[4] = 0x58;
    expect(new FrameInspector().inspect(other)).toMatchObject({ kind: 'refuse', answer: null });
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, connected) => {
        const inspector = connected ? opened() : new FrameInspector();
        expect(['pass', 'refuse']).toContain(inspector.inspect(Buffer.from(bytes)).kind);
      }),
    );
  });
});
