import { expect, it } from 'vitest';
import type { Outcome } from '../meter-session/exchange.ts';
import { FtpDebt, type FtpWord } from './ftp-debt.ts';

const DONE: Outcome = { kind: 'answered', value: null, sentAtMs: 0, endAtMs: 0 };
const LOST: Outcome = { kind: 'failed', cause: 'timeout', detail: 'no answer' };

function bench(inherited: FtpWord | null = null) {
  const paid: FtpWord[] = [];
  const kept: (FtpWord | null)[] = [];
  const debt = new FtpDebt({
    inherited,
    remember: ({ ftpOwed }) => kept.push(ftpOwed),
    kept: () => Promise.resolve(),
    pay: (word) => paid.push(word),
  });
  return { debt, paid, kept };
}

it('is paid by the order that made it, and then nobody switches anything', async () => {
  const { debt, paid, kept } = bench();
  await debt.owe('On');
  debt.sent('Off', DONE);
  // The link may break in the middle of an order that goes on.
  debt.connected();
  debt.sent('On', DONE);
  debt.connected();
  expect([paid, kept]).toEqual([[], ['On', null]]);
});

it('of a former life is paid with each connection until the meter has taken it', () => {
  const { debt, paid, kept } = bench('On');
  debt.connected();
  debt.sent('On', LOST);
  debt.connected();
  debt.sent('On', DONE);
  debt.connected();
  expect([paid, kept]).toEqual([['On', 'On'], [null]]);
});

it.each<[string, FtpWord]>([
  ['the first switch', 'Off'],
  ['the last one', 'On'],
])('of an order that failed at %s is paid with the next connection', async (_which, word) => {
  const { debt, paid } = bench();
  await debt.owe('On');
  debt.sent(word, LOST);
  debt.connected();
  expect(paid).toEqual(['On']);
});
