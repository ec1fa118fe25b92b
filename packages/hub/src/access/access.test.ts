import { FakeClock } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import { MemoryAccessStore } from '../adapters/memory/memory-access-store.ts';
import { MemoryFleetStore } from '../adapters/memory/memory-fleet-store.ts';
import { Access } from './access.ts';
import { hashSecret } from './secret.ts';

function start(mode: 'required' | 'none' = 'required') {
  const clock = new FakeClock();
  const edges = new MemoryFleetStore();
  const store = new MemoryAccessStore(edges);
  return { clock, edges, store, access: new Access({ mode, store, clock }) };
}
const wanted = { name: 'page', role: 'viewer', units: ['U1'] } as const;

describe('Access', () => {
  it('makes an admin token once and tells it once', async () => {
    const { access } = start();
    const token = await access.ensureAdmin(null);
    expect(token).toMatch(/^slmm_token_[\w-]{43}$/);
    expect(await access.ensureAdmin(null)).toBeNull();
    expect(await access.identityOfToken(token ?? '')).toEqual({ kind: 'person', name: 'admin', role: 'admin', units: null });
  });

  it('takes the admin token from the settings, in place of the one before', async () => {
    const { access } = start();
    const made = (await access.ensureAdmin(null)) ?? '';
    expect(await access.ensureAdmin('set-by-hand')).toBeNull();
    expect(await access.identityOfToken('set-by-hand')).toMatchObject({ role: 'admin' });
    expect(await access.identityOfToken(made)).toBeNull();
    expect((await access.tokens()).length).toBe(1);
  });

  it('keeps no token as it is', async () => {
    const { access, store } = start();
    const { token } = await access.issueToken(wanted);
    expect(JSON.stringify(await store.tokens())).not.toContain(token);
    expect(await store.tokenByHash(hashSecret(token))).toMatchObject(wanted);
  });

  it('lets a revoked token in no more, at once', async () => {
    const { access } = start();
    const { id, token } = await access.issueToken(wanted);
    expect(await access.identityOfToken(token)).toMatchObject(wanted);
    const told: string[] = [];
    access.onRevoked({ token: (one) => told.push(one) });
    expect(await access.revokeToken(id)).toBe(true);
    expect(await access.identityOfToken(token)).toBeNull();
    expect(await access.revokeToken(id)).toBe(false);
    expect(told[0]).toBe(id);
  });

  it('lets in no more who was being looked up while the token was revoked', async () => {
    const { access, store } = start();
    const { id, token } = await access.issueToken(wanted);
    let answer = (): void => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    const tokenByHash = store.tokenByHash.bind(store);
    store.tokenByHash = async (hash) => {
      const found = await tokenByHash(hash);
      await slow;
      return found;
    };
    const lookedUp = access.identityOfToken(token);
    await access.revokeToken(id);
    answer();
    await lookedUp;
    expect(await access.identityOfToken(token)).toBeNull();
  });

  it('sees within ten seconds what another process revoked', async () => {
    const { access, clock, store } = start();
    const { id, token } = await access.issueToken(wanted);
    await access.identityOfToken(token);
    await store.deleteToken(id);
    clock.advance(10_000);
    expect(await access.identityOfToken(token)).toBeNull();
  });

  it('signs a browser in for as long as its token is good, and no longer than a week', async () => {
    const { access, clock } = start();
    const { id, token } = await access.issueToken(wanted);
    const opened = await access.openSession(token);
    const session = opened?.session ?? '';
    expect(opened?.expiresMs).toBe(clock.nowMs() + 7 * 86_400_000);
    expect(await access.identityOfSession(session)).toMatchObject(wanted);
    expect(await access.identityOfSession(token)).toBeNull();
    expect(await access.openSession('guess')).toBeNull();
    clock.advance(7 * 86_400_000);
    expect(await access.identityOfSession(session)).toBeNull();
    const second = (await access.openSession(token))?.session ?? '';
    await access.revokeToken(id);
    expect(await access.identityOfSession(second)).toBeNull();
  });

  it('keeps a browser signed in over a restart of the hub', async () => {
    const { access, clock, store } = start();
    const { token } = await access.issueToken(wanted);
    const session = (await access.openSession(token))?.session ?? '';
    const closed = (await access.openSession(token))?.session ?? '';
    await access.closeSession(closed);
    const restarted = new Access({ mode: 'required', store, clock });
    expect(await restarted.identityOfSession(session)).toMatchObject(wanted);
    expect(await restarted.identityOfSession(closed)).toBeNull();
  });

  it('ends a session on request, and the oldest when there are too many', async () => {
    const { access } = start();
    const { token } = await access.issueToken(wanted);
    const first = (await access.openSession(token))?.session ?? '';
    const closed = (await access.openSession(token))?.session ?? '';
    await access.closeSession(closed);
    expect(await access.identityOfSession(closed)).toBeNull();
    expect(await access.identityOfSession(first)).not.toBeNull();
    for (let count = 0; count < 1_000; count += 1) await access.openSession(token);
    expect(await access.identityOfSession(first)).toBeNull();
  });

  it('knows edges by id and secret, and everybody else by the token in the password', async () => {
    const { access, edges } = start();
    await edges.putEdge('site-1', hashSecret('s1'), 0);
    const { token } = await access.issueToken(wanted);
    expect((await access.brokerLogin('site-1', 's1'))?.identity).toEqual({ kind: 'edge', edge: 'site-1' });
    expect((await access.brokerLogin('site-1', token))?.identity).toMatchObject({ kind: 'person', name: 'page' });
    for (const [user, password] of [
      ['site-1', ''],
      ['site-1', 's2'],
      ['site-2', 's1'],
      ['', ''],
      ['hub', 's1'],
      ['a/b', 's1'],
      ['__proto__', 's1'],
    ] as const)
      expect([user, await access.brokerLogin(user, password)]).toEqual([user, null]);
  });

  it('says when a login would not be let in again', async () => {
    const { access, edges } = start();
    await edges.putEdge('site-1', hashSecret('s1'), 0);
    const { id, token } = await access.issueToken(wanted);
    const edge = await access.brokerLogin('site-1', 's1');
    const reader = await access.brokerLogin('bob', token);
    expect([await edge?.isStillGood(), await reader?.isStillGood()]).toEqual([true, true]);
    await edges.putEdge('site-1', hashSecret('s2'), 0);
    await access.revokeToken(id);
    expect([await edge?.isStillGood(), await reader?.isStillGood()]).toEqual([false, false]);
  });

  it('makes everybody an admin where access is open', async () => {
    const { access } = start('none');
    expect(await access.identityOfToken('')).toMatchObject({ role: 'admin' });
    expect(await access.identityOfSession('anything')).toMatchObject({ role: 'admin' });
    expect((await access.brokerLogin('', ''))?.identity).toMatchObject({ role: 'admin' });
  });
});
