import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startExample } from '../../adapters/http/server-example.ts';
import { allRoutes } from '../routes.ts';
import { namePage, namePageQuery } from './name-page.ts';

const query = z.object(namePageQuery);
const page = (all: readonly string[], asked: Record<string, string>) => namePage(all, query.parse(asked), (name) => name);

describe('namePage', () => {
  it('is the whole list, in order, for whoever asks for no page', () => {
    expect(page(['b', 'a', 'c'], {})).toEqual({ shown: ['a', 'b', 'c'], next: null });
  });

  it('goes on after the last item that was shown, though others came and went', () => {
    const first = page(['b', 'a', 'd'], { limit: '2' });
    expect(first.shown).toEqual(['a', 'b']);
    expect(page(['a', 'aa', 'c', 'd'], { limit: '2', next: first.next ?? '' })).toEqual({ shown: ['c', 'd'], next: null });
  });

  it('has no next page after one that is just full', () => {
    expect(page(['a', 'b'], { limit: '2' }).next).toBeNull();
  });

  it.each(['', 'x', Buffer.from('[1]').toString('base64url'), Buffer.from('"a"').toString('base64url')])(
    'refuses a mark of nobody: %j',
    (next) => {
      expect(query.safeParse({ next }).success).toBe(false);
    },
  );
});

describe('lists of /api/v1', () => {
  it('page with limit and next, all that name no unit and grow', async () => {
    const lists = ['units', 'edges', 'rules', 'tokens', 'receivers', 'silences', 'events', 'notifications'];
    for (const list of lists) {
      const route = allRoutes().find(({ method, path }) => method === 'get' && path === `/api/v1/${list}`);
      expect(Object.keys(((route?.query ?? z.object({})) as z.ZodObject).shape), list).toEqual(
        expect.arrayContaining(['limit', 'next']),
      );
    }
  });

  it('give every item once, page by page', async () => {
    const server = await startExample({ units: ['u3', 'u1', 'u2'] });
    const seen: string[] = [];
    let next: string | null = '';
    for (let pages = 0; next !== null && pages < 5; pages += 1) {
      const response = await server.ask('GET', `/api/v1/units?limit=2${next === '' ? '' : `&next=${next}`}`);
      const answer = JSON.parse(await response.text()) as { units: { unit: string }[]; next: string | null };
      seen.push(...answer.units.map(({ unit }) => unit));
      ({ next } = answer);
    }
    expect(seen).toEqual(['u1', 'u2', 'u3']);
    expect((await server.ask('GET', '/api/v1/units?next=made-up')).status).toBe(422);
    await server.services.alerts.engine.close();
    await server.http.close();
  });
});
