import { expect, it } from 'vitest';
import { daysAround } from './local-days.ts';

it('begins the days around one whose midnight is skipped at their own midnights', () => {
  const days = daysAround('America/Sao_Paulo', Date.parse('2018-11-04T12:00:00Z'));
  expect(days.map(({ date, startMs }) => `${date} ${new Date(startMs).toISOString().slice(0, 16)}`)).toEqual([
    '2018-11-02 2018-11-02T03:00',
    '2018-11-03 2018-11-03T03:00',
    '2018-11-04 2018-11-04T03:00',
    '2018-11-05 2018-11-05T02:00',
    '2018-11-06 2018-11-06T02:00',
    '2018-11-07 2018-11-07T02:00',
  ]);
});
