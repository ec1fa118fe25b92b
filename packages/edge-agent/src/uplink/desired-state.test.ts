import {
  type AppliedConfig,
  appliedConfigSchema,
  type DesiredConfig,
  type DesiredUnit,
  type ReceivedConfig,
  receivedConfig,
  topics,
} from '@slmm/protocol';
import { createLogger, FakeClock, toInstant } from '@slmm/shared';
import { describe, expect, it } from 'vitest';
import type { Units } from '../acquisition/units.ts';
import { DesiredState } from './desired-state.ts';
import { RetainedSet } from './retained-set.ts';

const unit = (name: string, host = `${name}.lan`): DesiredUnit => ({
  unit: name,
  host,
  port: 2255,
  enabled: true,
  acquisition: 'dod',
  poll_interval_s: 0,
  ftp: null,
});

function bench(pinned: readonly DesiredUnit[], kept: DesiredConfig | string | null = null) {
  const clock = new FakeClock();
  const retained = new RetainedSet();
  let file = kept === null ? null : typeof kept === 'string' ? kept : JSON.stringify(kept);
  const running: (readonly DesiredUnit[])[] = [];
  const units: Pick<Units, 'apply'> = {
    apply: (wanted) => {
      running.push(wanted);
      return Object.fromEntries(
        wanted.map(({ unit: name, host }) => [name, host === 'bad' ? { ok: false, error: 'bad' } : { ok: true, error: null }]),
      );
    },
  };
  const desired = new DesiredState({
    edge: 'site',
    units: units as Units,
    pinned,
    file: {
      read: () => Promise.resolve(file),
      write: (text) => {
        file = text;
        return Promise.resolve();
      },
    },
    retained,
    window: { pump: () => undefined } as never,
    clock,
    log: createLogger('test', 'silent'),
    changed: () => undefined,
  });
  const config = (revision: number, ...units: readonly unknown[]): ReceivedConfig =>
    receivedConfig.parse({ revision, at: toInstant(clock.nowMs()), units });
  const applied = (): AppliedConfig | null => {
    let newest: AppliedConfig | null = null;
    for (let next = retained.next(); next !== null; next = retained.next())
      if (next.topic === topics.applied('site')) newest = appliedConfigSchema.parse(JSON.parse(next.payload));
    return newest;
  };
  return { desired, running, config, applied, kept: () => file };
}

const hosts = (wanted: readonly DesiredUnit[] | undefined): string[] =>
  (wanted ?? []).map(({ unit: name, host }) => `${name}@${host}`);

describe('what is wanted of an edge', () => {
  it('is taken from the disk while the hub is away', async () => {
    const before = bench([]);
    before.desired.receive(before.config(3, unit('a')));
    await before.desired.written();
    const again = bench([], before.kept());
    await again.desired.start();
    expect(hosts(again.running.at(-1))).toEqual(['a@a.lan']);
    expect(again.desired.revision).toBe(3);
  });

  it("is the units of the agent's own file where there is nothing else", async () => {
    const { desired, running } = bench([unit('own')]);
    await desired.start();
    expect(hosts(running.at(-1))).toEqual(['own@own.lan']);
    expect(desired.units).toEqual(['own']);
  });

  it("is the units of the agent's own file before those of the hub, and that is said", async () => {
    const { desired, running, config, applied } = bench([unit('both', 'here'), unit('own', 'bad')]);
    await desired.start();
    desired.receive(config(1, unit('both', 'there'), unit('theirs')));
    expect(hosts(running.at(-1))).toEqual(['both@here', 'own@bad', 'theirs@theirs.lan']);
    expect(desired.units).toEqual(['both', 'own', 'theirs']);
    expect(applied()).toMatchObject({
      revision: 1,
      error: null,
      units: {
        both: { ok: true, error: null, pinned: true },
        own: { ok: false, error: 'bad' },
        theirs: { ok: true, error: null },
      },
    });
  });

  it('is never an older revision, and the same one is not applied twice', () => {
    const { desired, running, config, applied } = bench([]);
    desired.receive(config(5, unit('a')));
    desired.receive(config(5, unit('a')));
    desired.receive(config(4, unit('b')));
    expect(running).toHaveLength(1);
    // What became of the units in force is still told: nothing about them has changed.
    const units = { a: { ok: true, error: null } };
    expect(applied()).toMatchObject({ revision: 5, error: expect.stringContaining('older'), units });
  });

  it('says which unit it cannot make out, reads the others, and goes on with what it knew of that one', () => {
    const { desired, running, config, applied } = bench([]);
    desired.receive(config(1, unit('a'), unit('b')));
    desired.receive(
      config(2, { unit: 'a', host: 'new.lan' }, { ...unit('b'), port: 70_000 }, { unit: 'c', host: 'not a host' }, 7),
    );
    expect(running.at(-1)).toEqual([unit('a', 'new.lan'), unit('b')]);
    expect(applied()).toMatchObject({
      revision: 2,
      error: expect.stringMatching(/^units\.3/),
      units: {
        a: { ok: true },
        b: { ok: false, error: expect.stringMatching(/^port: .*as before$/) },
        c: { ok: false, error: expect.stringMatching(/^host: /) },
      },
    });
  });

  it('waits for the hub where the disk holds nothing that can be read', async () => {
    const { desired, running, config } = bench([unit('own')], '{"revision":');
    await desired.start();
    expect(hosts(running.at(-1))).toEqual(['own@own.lan']);
    desired.receive(config(1, unit('a')));
    expect(hosts(running.at(-1))).toEqual(['own@own.lan', 'a@a.lan']);
  });
});
