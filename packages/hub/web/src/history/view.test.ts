import { describe, expect, it } from 'vitest';
import { type HistoryView, percentsOf, readView, USUAL_VIEW, writeView } from './view.ts';

describe('the view in the address', () => {
  it('is nothing where all is usual', () => {
    expect([writeView(USUAL_VIEW), readView('')]).toEqual(['', USUAL_VIEW]);
  });

  it('reads back what it writes', () => {
    const view: HistoryView = {
      span: 'month',
      date: '2026-11-24',
      resolution: '15m',
      masked: 'in',
      overload: 'in',
      percents: [0.1, 10, 99],
      windowS: 3600,
      mode: 'moving',
      scheme: 'construction-11h',
    };
    expect(readView(writeView(view))).toEqual(view);
  });

  it('leaves what is not right at what is usual', () => {
    expect(readView('span=decade&date=2026-02-30&resolution=2s&masked=maybe&n=0,100&t=7&mode=&scheme=../x')).toEqual(USUAL_VIEW);
  });
});

it('reads N as people write them', () => {
  expect(['10 50 90', '90,10;10', '99.9', '', '0', '100', '5,x', '1e1'].map(percentsOf)).toEqual([
    [10, 50, 90],
    [10, 90],
    [99.9],
    null,
    null,
    null,
    null,
    null,
  ]);
});
