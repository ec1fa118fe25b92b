import { createLogger, FakeClock } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import type { DurableText } from '../uplink/durable-text.ts';
import { CommandMemory } from './command-memory.ts';

const log = createLogger('test', 'silent');

/** A disk whose writes end when the test says so. */
class SlowText implements DurableText {
  text: string | null = null;
  writes = 0;
  isBroken = false;
  #ends: (() => void)[] = [];

  read(): Promise<string | null> {
    return Promise.resolve(this.text);
  }

  async write(text: string): Promise<void> {
    this.writes += 1;
    await new Promise<void>((resolve) => this.#ends.push(resolve));
    if (this.isBroken) throw new Error('ENOSPC');
    this.text = text;
  }

  /** The write under way ends. */
  async end(): Promise<void> {
    this.#ends.shift()?.();
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

/** Whether it has come to its end by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  return done;
}

describe('the memory of commands', () => {
  it('knows an id for ten minutes', async () => {
    const clock = new FakeClock();
    const memory = CommandMemory.forgetful(clock, log);
    expect(await memory.note('a')).toBe('new');
    clock.advance(599_999);
    expect(await memory.note('a')).toBe('repeated');
    clock.advance(1);
    expect(await memory.note('a')).toBe('new');
  });

  it('does not forget an id early to make room; it takes no more instead', async () => {
    const clock = new FakeClock();
    const memory = CommandMemory.forgetful(clock, log);
    for (let count = 0; count < 4096; count += 1) await memory.note(`id-${count}`);
    expect([await memory.note('one-more'), await memory.note('id-0')]).toEqual(['full', 'repeated']);
    clock.advance(600_000);
    expect(await memory.note('one-more')).toBe('new');
  });

  it('has an id on the disk before its command may begin, and many with one write', async () => {
    const disk = new SlowText();
    const memory = await CommandMemory.open(disk, new FakeClock(), log);
    const first = memory.note('a');
    expect([await isDone(first), disk.writes]).toEqual([false, 1]);
    const others = [memory.note('b'), memory.note('c')];
    expect(await memory.note('b')).toBe('repeated');
    await disk.end();
    expect([await isDone(first), await isDone(Promise.all(others)), disk.writes]).toEqual([true, false, 2]);
    await disk.end();
    expect([await isDone(Promise.all(others)), disk.writes]).toEqual([true, 2]);
  });

  it('knows after a restart what was carried out before it, for the rest of the ten minutes', async () => {
    const disk = new SlowText();
    const clock = new FakeClock();
    const before = (await CommandMemory.open(disk, clock, log)).note('a');
    await isDone(before);
    await disk.end();
    clock.advance(599_999);
    const memory = await CommandMemory.open(disk, clock, log);
    expect(await memory.note('a')).toBe('repeated');
    clock.advance(1);
    const again = memory.note('a');
    await isDone(again);
    await disk.end();
    expect(await again).toBe('new');
  });

  it('knows it also when the machine has started without the time of day', async () => {
    const disk = new SlowText();
    disk.text = JSON.stringify({ seen: { a: Date.UTC(2026, 10, 23) } });
    const memory = await CommandMemory.open(disk, new FakeClock(Date.UTC(1970, 0, 1)), log);
    expect(await memory.note('a')).toBe('repeated');
  });

  it.each(['{"seen":', '{"seen":{"a":"yesterday"}}'])('begins anew where the disk holds %s', async (text) => {
    const disk = new SlowText();
    disk.text = text;
    const memory = await CommandMemory.open(disk, new FakeClock(), log);
    const first = memory.note('a');
    await isDone(first);
    await disk.end();
    expect(await first).toBe('new');
  });

  it('lets a command begin although the disk takes nothing: it may be one that stops a measurement', async () => {
    const disk = new SlowText();
    disk.isBroken = true;
    const memory = await CommandMemory.open(disk, new FakeClock(), log);
    const first = memory.note('a');
    await isDone(first);
    await disk.end();
    expect(await first).toBe('new');
    expect(await memory.note('a')).toBe('repeated');
  });
});
