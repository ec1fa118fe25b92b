/** Questions that cannot be answered, over HTTP: each is refused in words that help, as `application/problem+json` (RFC 9457). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStoredHub, type StoredHub } from './stored-hub.ts';

const day = 'from=2026-10-24T00:00:00Z&to=2026-10-25T00:00:00Z';
const tenYears = 'from=2016-01-01T00:00:00Z&to=2026-01-01T00:00:00Z';

describe('a question about history', () => {
  let hub: StoredHub;
  beforeAll(async () => {
    hub = await startStoredHub(null, 'UTC', () => Promise.resolve());
  }, 60_000);
  afterAll(() => hub.close());

  it('refuses what makes no sense, and says what would', async () => {
    for (const [path, status, detail] of [
      [`levels?from=2026-10-25T00:00:00Z&to=2026-10-24T00:00:00Z`, 422, /must be before to/],
      [`levels?from=2026-10-25T00:00:00Z&to=2026-10-25T00:00:00Z`, 422, /must be before to/],
      [`levels?from=2026-10-25`, 422, /UTC instant like/],
      [`levels?from=2026-10-25T00:00:00%2B02:00`, 422, /UTC instant like/],
      [`levels?from=1492-10-12T00:00:00Z`, 422, /year from 1970/],
      [`levels?${day}&zone=Mars/Olympus`, 422, /IANA time zone/],
      [`levels?${day}&zone=`, 422, /IANA time zone/],
      [`levels?${day}&resolution=2s`, 422, /resolution/],
      [`levels?${day}&points=0`, 422, /from 1 to/],
      [`levels?${day}&points=NaN`, 422, /expected a number/],
      [`levels?${tenYears}&resolution=1s`, 422, /more than 90000 buckets/],
      [`levels?${day}&coverage=75`, 422, /from 0 to 1/],
      [`levels?${day}&coverage=NaN`, 422, /from 0 to 1/],
      [`levels?${day}&masked=maybe`, 422, /expected out or in/],
      [`levels?${day}&overload=yes`, 422, /expected out or in/],
      [`percentiles?${day}&n=0`, 422, /above 0 and below 100/],
      [`percentiles?${day}&n=100`, 422, /numbers like/],
      [`percentiles?${day}&n=ten`, 422, /numbers like/],
      [`leq?${day}&t=0`, 422, /whole seconds/],
      [`leq?${day}&t=1.5`, 422, /whole seconds/],
      [`leq?${day}&t=-900`, 422, /whole seconds/],
      [`leq?${day}&t=100000`, 422, /whole days/],
      [`leq?${day}&mode=sliding`, 422, /mode/],
      [`leq?${tenYears}&mode=moving&t=900&step=1&values=none`, 422, /longer step/],
      [`leq?${tenYears}&t=900`, 422, /shorter range/],
      [`periods?date=2026-02-30`, 422, /date like/],
      [`periods?date=yesterday`, 422, /date like/],
      [`periods?scheme=nowhere`, 404, /no scheme nowhere/],
      [`periods?scheme=end&day=06:00`, 422, /scheme general only/],
      [`periods?day=25:00`, 422, /time of day/],
      [`headroom?${day}&limit=loud`, 422, /from -50 to 250/],
      [`headroom?${day}`, 422, /limit/],
      [`export?${day}&resolution=week`, 422, /resolution/],
      [`export?${day}&format=xlsx`, 422, /format/],
      [`readings?${day}&next=made-up`, 422, /answer before/],
      [`readings?${day}&limit=0`, 422, /whole number/],
    ] as const) {
      const response = await hub.ask('GET', `/units/NL43-01/${path}`);
      const problem = JSON.parse(await response.text());
      expect([path, response.status, response.headers.get('content-type')]).toEqual([path, status, 'application/problem+json']);
      expect([path, problem.detail]).toEqual([path, expect.stringMatching(detail)]);
      expect(problem).toMatchObject({ status, title: expect.any(String) });
    }
  });

  it('may reach over ten years, and be about a unit that nobody knows', async () => {
    const tenYearsByDay = await hub.get(`/units/NL43-01/levels?${tenYears}`);
    expect([tenYearsByDay.resolution, tenYearsByDay.buckets.length]).toEqual(['1d', 3653]);
    const nobody = await hub.get(`/units/NOBODY/percentiles?${day}`);
    expect(nobody).toMatchObject({ leq: null, coverage: 0, sufficient: false, basis: null, ln: { 10: null } });
  });
});
