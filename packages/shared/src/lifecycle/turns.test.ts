import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

function bench(most: number) {
  const turns = new Turns(most);
  const told: string[] = [];
  const begin = (name: string) => {
    const abort = new AbortController();
    const one = { end: (): void => undefined, abort: () => abort.abort() };
    void turns
      .take(abort.signal, () => told.push(`${name} waits`))
      .then((release) => {
        told.push(`${name} ${release === null ? 'is ended' : 'begins'}`);
        one.end = release ?? one.end;
      });
    return one;
  };
  return { told, begin };
}

it('lets so many go at once, and the others in the order in which they came', async () => {
  const { told, begin } = bench(2);
  const [a, b] = [begin('a'), begin('b')];
  begin('c');
  begin('d');
  await settle();
  expect(told.sort()).toEqual(['a begins', 'b begins', 'c waits', 'd waits']);
  a.end();
  a.end();
  await settle();
  expect(told.slice(4)).toEqual(['c begins']);
  b.end();
  await settle();
  expect(told.slice(5)).toEqual(['d begins']);
});

it('passes over one that was ended while it waited', async () => {
  const { told, begin } = bench(1);
  const a = begin('a');
  const b = begin('b');
  begin('c');
  await settle();
  b.abort();
  await settle();
  a.end();
  await settle();
  expect(told).toEqual(['b waits', 'c waits', 'a begins', 'b is ended', 'c begins']);
});

it('has a place again for whoever comes after all have gone', async () => {
  const { told, begin } = bench(1);
  const a = begin('a');
  await settle();
  a.end();
  begin('b');
  await settle();
  expect(told).toEqual(['a begins', 'b begins']);
});

describe('work that goes through turns', () => {
  it('lets so many through at once, in the order in which they came, and goes on when one fails', async () => {
    const turns = new Turns(2);
    const entered: string[] = [];
    const leave = new Map<string, (how: 'well' | 'badly') => void>();
    const work = ['a', 'b', 'c', 'd'].map((name) =>
      turns
        .through(async () => {
          entered.push(name);
          if ((await new Promise<string>((done) => leave.set(name, done))) === 'badly') throw new Error(name);
        })
        .catch(() => entered.push(`${name} failed`)),
    );
    expect(entered).toEqual(['a', 'b']);
    leave.get('b')?.('badly');
    await work[1];
    expect(entered).toEqual(['a', 'b', 'c', 'b failed']);
    leave.get('a')?.('well');
    await work[0];
    expect(entered.at(-1)).toBe('d');
    leave.get('c')?.('well');
    leave.get('d')?.('well');
    await Promise.all(work);
    await turns.through(() => Promise.resolve(entered.push('e')));
    expect(entered.at(-1)).toBe('e');
  });
});
