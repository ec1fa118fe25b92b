import { expect, it } from 'vitest';
import { isBrokerUrl } from './broker-url.ts';

it.each(['mqtt://hub', 'mqtts://hub.example:8883', 'ws://127.0.0.1:9001/mqtt', 'wss://hub', 'mqtt://[::1]:1883'])(
  'takes %s',
  (url) => {
    expect(isBrokerUrl(url)).toBe(true);
  },
);

it.each(['mqtt://user:secret@hub', 'mqtt://user@hub', 'http://hub', 'hub:1883', 'mqtt://', '', 'mqtt:// hub'])(
  'refuses %s',
  (url) => {
    expect(isBrokerUrl(url)).toBe(false);
  },
);
