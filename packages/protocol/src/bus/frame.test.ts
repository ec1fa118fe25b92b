import { describe, expect, it } from 'vitest';
import { frameSchema } from './frame.ts';

/** The frame of contract section 4, letter by letter. */
const CONTRACT = `{"v":1,"unit":"NL43-01","epoch":"01JD3","seq":123456,"at":"2026-11-23T06:41:05.120Z","src":"dod","run":"Start",
 "lp":62.4,"leq":58.9,"le":94.5,"lmax":81.2,"lmin":40.1,"lpeak":96.0,"ln":[70.1,65.3,55.0,47.2,45.9],
 "lieq":null,"leqmov":null,"ltm5":null,"over":false,"under":false,
 "interval":{"s":1.0,"leq":62.1,"lmax":63.0,"lmin":60.8,"lpeak":78.2,"basis":"drd","ticks":10},"settings":"a91c"}`;

describe('frameSchema', () => {
  it('takes the frame of the contract as it stands there', () => {
    const frame: unknown = JSON.parse(CONTRACT);
    expect(frameSchema.parse(frame)).toEqual(frame);
  });

  it('takes levels that are left out as levels that were not told', () => {
    const bare = { v: 1, unit: 'u', epoch: 'e1', seq: 1, at: '2026-11-23T06:41:05.120Z', src: 'dod', run: 'Stop', lp: 50 };
    expect(frameSchema.parse({ ...bare, over: false, under: false })).toMatchObject({
      lp: 50,
      leq: null,
      ln: [null, null, null, null, null],
      interval: null,
      settings: null,
    });
  });

  it.each([
    ['a level as text', { lp: '50.0' }],
    ['no flag of overload', { over: undefined }],
    ['a time of day without its zone', { at: '2026-11-23T06:41:05.120' }],
    ['seq 0', { seq: 0 }],
    ['an epoch that would part a topic or a key', { epoch: 'a:b' }],
    ['four percentiles', { ln: [1, 2, 3, 4] }],
    ['a level no meter can show', { lpeak: 1e9 }],
  ])('refuses %s', (_name, change) => {
    expect(frameSchema.safeParse({ ...(JSON.parse(CONTRACT) as object), ...change }).success).toBe(false);
  });
});
