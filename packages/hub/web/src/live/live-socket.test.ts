import { describe, expect, it } from 'vitest';
import type { LiveMessage } from '@slmm/protocol/live';
import { LiveSocket, type LiveStatus, type Socket, type SocketEvents } from './live-socket.ts';

class FakeSocket implements Socket {
  readonly events: SocketEvents;
  readonly sent: unknown[] = [];
  closed = false;
  constructor(events: SocketEvents) {
    this.events = events;
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
}

function play(resume: Record<string, string> = {}) {
  const sockets: FakeSocket[] = [];
  const timers: { dueMs: number; task: () => void; isOff: boolean }[] = [];
  const messages: LiveMessage[] = [];
  const statuses: LiveStatus[] = [];
  let nowMs = 0;
  const live = new LiveSocket(
    {
      open: (events) => {
        const socket = new FakeSocket(events);
        sockets.push(socket);
        return socket;
      },
      after: (delayMs, task) => {
        const timer = { dueMs: nowMs + delayMs, task, isOff: false };
        timers.push(timer);
        return () => {
          timer.isOff = true;
        };
      },
      random: () => 0,
    },
    () => resume,
    (message) => messages.push(message),
    (status) => statuses.push(status),
  );
  const pass = (ms: number): void => {
    nowMs += ms;
    for (const timer of timers.filter((one) => !one.isOff && one.dueMs <= nowMs)) {
      timer.isOff = true;
      timer.task();
    }
  };
  const newest = (): FakeSocket => sockets.at(-1) ?? expect.unreachable('no socket was opened');
  return { live, sockets, messages, statuses, pass, newest };
}

const heartbeat = '{"type":"heartbeat","at":"2026-11-23T06:41:05.120Z"}';

describe('LiveSocket', () => {
  it('subscribes when it is open, and again when the wish changes, with what it has seen', () => {
    const { live, newest } = play({ 'NL43-01': 'e1:7' });
    live.watch(['*']);
    newest().events.opened();
    live.watch(['NL43-01']);
    expect(newest().sent).toEqual([
      { type: 'subscribe', units: ['*'], after: { 'NL43-01': 'e1:7' }, alerts: true },
      { type: 'subscribe', units: ['NL43-01'], after: { 'NL43-01': 'e1:7' }, alerts: true },
    ]);
  });

  it('comes back after a loss, later each time, and starts over after a success', () => {
    const { live, sockets, statuses, pass, newest } = play();
    live.watch(['*']);
    newest().events.closed();
    pass(250);
    expect(sockets).toHaveLength(2);
    newest().events.closed();
    pass(250);
    expect(sockets).toHaveLength(2);
    pass(250);
    expect(sockets).toHaveLength(3);
    newest().events.opened();
    newest().events.closed();
    expect(statuses.at(-1)).toEqual({ name: 'waiting', delayMs: 250, failures: 1 });
  });

  it('tries at once when hurried, and only while it waits', () => {
    const { live, sockets, newest } = play();
    live.watch(['*']);
    live.hurry();
    expect(sockets).toHaveLength(1);
    newest().events.closed();
    live.hurry();
    expect(sockets).toHaveLength(2);
  });

  it('drops a socket that has been silent for longer than any heartbeat', () => {
    const { live, pass, sockets, newest } = play();
    live.watch(['*']);
    newest().events.opened();
    pass(30_000);
    newest().events.received(heartbeat);
    pass(30_000);
    expect(newest().closed).toBe(false);
    pass(10_000);
    expect(sockets[0]?.closed).toBe(true);
    pass(250);
    expect(sockets).toHaveLength(2);
  });

  it('shows why it was refused, keeps the connection, and is open again once it asks for something else', () => {
    const { live, sockets, statuses, newest } = play();
    live.watch(['NL43-09']);
    newest().events.opened();
    newest().events.received('{"type":"refused","reason":"You may not read unit NL43-09."}');
    expect(statuses.at(-1)).toEqual({ name: 'refused', reason: 'You may not read unit NL43-09.' });
    live.watch(['*']);
    expect(sockets).toHaveLength(1);
    expect(newest().closed).toBe(false);
    expect(statuses.at(-1)).toEqual({ name: 'open' });
  });

  it('leaves aside what it cannot read', () => {
    const { live, messages, newest } = play();
    live.watch(['*']);
    newest().events.opened();
    for (const data of ['{', '17', 'null', '{"type":"of-tomorrow"}', new ArrayBuffer(2)]) newest().events.received(data);
    newest().events.received(heartbeat);
    expect(messages.map((message) => message.type)).toEqual(['heartbeat']);
  });

  it('is quiet once closed', () => {
    const { live, pass, sockets, newest } = play();
    live.watch(['*']);
    newest().events.opened();
    live.close();
    pass(120_000);
    expect(sockets).toHaveLength(1);
    expect(newest().closed).toBe(true);
  });
});
