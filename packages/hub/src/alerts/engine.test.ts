import { describe, expect, it } from 'vitest';
import { AlertWorld } from '../adapters/memory/alert-world.ts';
import { frameAt, START_MS, stateOf } from './alert-example.ts';
import { ruleSchema, type RuleDraft } from './rules/rule.ts';

const loud: RuleDraft = {
  id: 'lp',
  unit: 'u1',
  name: 'Loud',
  metric: { kind: 'lp' },
  levels: [
    { name: 'warn', threshold: 70 },
    { name: 'alarm', threshold: 90 },
  ],
  hold_s: 3,
  cooldown_s: 0,
  no_data_after_s: null,
  notify: ['ann'],
};
const begun = async (...drafts: RuleDraft[]): Promise<AlertWorld> => {
  const world = new AlertWorld();
  await world.start(...drafts);
  return world;
};
const EVENT = `lp-${START_MS.toString(36)}`;

describe('an alert', () => {
  it('is told once, grows graver, and ends', async () => {
    const world = await begun(loud);
    await world.seconds(1, 5, 80);
    await world.seconds(6, 10, 95);
    await world.seconds(11, 15, 50);
    await world.settle();
    expect(await world.told()).toEqual(['lp onset ann warn', 'lp level-up ann alarm', 'lp clear ann alarm']);
    expect(await world.events()).toMatchObject([
      { id: EVENT, status: 'cleared', gravest: 'alarm', onsetMs: START_MS, clearMs: START_MS + 10_000, endReason: 'recovered' },
    ]);
    expect(world.announced.flatMap(({ steps }) => steps.map(({ kind }) => kind))).toEqual(['onset', 'level-up', 'clear']);
  });

  it('is told once also when the hub is killed at any moment', async () => {
    for (let killedAt = 1; killedAt <= 12; killedAt += 1) {
      const world = await begun({ ...loud, hold_s: 0 });
      for (let second = 1; second <= 12; second += 1) {
        await world.until(second);
        const frame = frameAt(second, second >= 3 && second < 8 ? 80 : 50);
        if (second === killedAt) {
          await world.keep(frame);
          await world.crash();
        } else await world.arrive(frame);
      }
      await world.settle();
      expect(await world.told(), `killed at ${killedAt}`).toEqual(['lp onset ann warn', 'lp clear ann warn']);
    }
  });

  it('is told although it was over before the hub was back', async () => {
    const world = await begun({ ...loud, hold_s: 0 });
    await world.keep(...Array.from({ length: 20 }, (_, index) => frameAt(index + 1, index < 5 ? 80 : 50)));
    await world.until(21);
    await world.crash();
    await world.settle();
    expect(await world.told()).toEqual(['lp onset ann warn', 'lp clear ann warn']);
  });

  it('keeps its acknowledgement through a crash and a later telling, and who said what', async () => {
    const world = await begun(loud);
    for (let second = 1; second <= 20; second += 1) {
      await world.until(second);
      if (second !== 10) await world.arrive(frameAt(second, 80));
    }
    await world.engine.acknowledge(EVENT, 'bob');
    await world.engine.comment(EVENT, 'bob', 'on my way');
    await world.crash();
    await world.arrive(frameAt(10, 50));
    await world.settle();
    const [event] = (await world.events()).filter(({ id }) => id === EVENT);
    expect(event).toMatchObject({ ackedBy: 'bob', status: 'cleared', clearMs: START_MS + 9000 });
    expect(event?.steps.map(({ kind }) => kind)).toEqual(['onset', 'clear', 'acknowledge', 'comment']);
  });

  it('that is there says so to whoever asks, and where it stands', async () => {
    const world = await begun(loud);
    await world.seconds(1, 2, 80);
    await world.engine.settled();
    expect(world.engine.standing('lp')).toMatchObject({ state: { name: 'pending' }, event: null, because: { code: 'holding' } });
    await world.seconds(3, 4, 82);
    await world.settle();
    expect(world.engine.standing('lp')).toMatchObject({ state: { name: 'active' }, event: EVENT, sample: { value: 82 } });
    expect(world.engine.standing('nobody')).toBeNull();
  });
});

describe('what comes late', () => {
  it('is recorded and wakes nobody when it is over', async () => {
    const world = await begun(loud);
    await world.arrive(frameAt(1, 50));
    await world.until(3600);
    await world.arrive(...Array.from({ length: 20 }, (_, index) => frameAt(index + 2, 80)), frameAt(30, 50));
    await world.settle();
    expect((await world.events()).map(({ late, status }) => ({ late, status }))).toEqual([{ late: true, status: 'cleared' }]);
    expect(await world.told()).toEqual([]);
    expect((await world.events())[0]?.tellings['ann']?.reason).toBe('late');
  });

  it('is told when it is on at this moment, however long ago it began', async () => {
    const world = await begun({ ...loud, hold_s: 60 });
    await world.arrive(frameAt(1, 50));
    await world.until(600);
    await world.arrive(frameAt(600, 80));
    await world.arrive(...Array.from({ length: 598 }, (_, index) => frameAt(index + 2, 80)));
    await world.settle();
    expect(await world.events()).toMatchObject([{ onsetMs: START_MS + 1000, late: false }]);
    expect(await world.told()).toEqual(['lp onset ann warn']);
  });

  it('moves the onset of an event that was told, which stays the same event and is not told again', async () => {
    const world = await begun({ ...loud, hold_s: 0 });
    await world.seconds(1, 5, 50);
    await world.seconds(16, 20, 80);
    await world.arrive(...[6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((second) => frameAt(second, second < 10 ? 50 : 80)));
    await world.settle();
    await world.seconds(25, 26, 50);
    await world.settle();
    const told = `lp-${(START_MS + 15_000).toString(36)}`;
    expect(await world.events()).toMatchObject([{ id: told, onsetMs: START_MS + 9000, status: 'cleared', late: false }]);
    expect(await world.told()).toEqual(['lp onset ann warn', 'lp clear ann warn']);
  });

  it('and does not confirm what was told, tells its end', async () => {
    const world = await begun({
      ...loud,
      metric: { kind: 'coverage', seconds: 10 },
      comparison: 'below',
      levels: [{ name: 'warn', threshold: 50 }],
      hold_s: 0,
    });
    await world.seconds(1, 20, 60);
    await world.seconds(40, 41, 60);
    await world.arrive(...Array.from({ length: 19 }, (_, index) => frameAt(index + 21, 60)));
    await world.settle();
    expect(await world.events()).toMatchObject([{ status: 'superseded' }]);
    expect(await world.told()).toEqual(['lp onset ann warn', 'lp clear ann warn']);
  });

  it('is judged by the first rule also from before it was written, where nothing of the unit was known', async () => {
    const world = await begun();
    await world.until(3600);
    await world.engine.putRule(ruleSchema.parse(loud));
    await world.arrive(...Array.from({ length: 20 }, (_, index) => frameAt(index + 1, 80)), frameAt(30, 50));
    await world.settle();
    expect(await world.events()).toMatchObject([{ onsetMs: START_MS, late: true, status: 'cleared' }]);
    expect(await world.told()).toEqual([]);
  });

  it('is none of the business of a rule that was written when readings had come', async () => {
    const world = await begun();
    await world.arrive(frameAt(1, 50));
    await world.until(3600);
    await world.engine.putRule(ruleSchema.parse(loud));
    await world.arrive(...Array.from({ length: 20 }, (_, index) => frameAt(index + 2, 80)), frameAt(30, 50));
    await world.settle();
    expect(await world.events()).toEqual([]);
  });

  it('is judged by the wording that counted then', async () => {
    const world = await begun({ ...loud, hold_s: 0 });
    await world.seconds(1, 3, 50);
    await world.until(10);
    await world.engine.putRule(ruleSchema.parse({ ...loud, hold_s: 0, levels: [{ name: 'warn', threshold: 85 }] }));
    await world.seconds(11, 12, 80);
    await world.arrive(...[4, 5, 6, 7, 8, 9, 10].map((second) => frameAt(second, 80)));
    await world.settle();
    expect(await world.events()).toMatchObject([
      { onsetMs: START_MS + 3000, clearMs: START_MS + 10_001, endReason: 'rule_changed', threshold: 70 },
    ]);
  });
});

describe('a store that does not answer', () => {
  it('delays what is told, keeps more readings waiting than fit, and nothing is lost', async () => {
    const world = await begun({ ...loud, hold_s: 0 });
    await world.arrive(frameAt(1, 50));
    world.faults.add('readings');
    // A late reading has the story told again.
    await world.arrive(frameAt(3, 50));
    await world.arrive(frameAt(2, 50));
    await world.until(5);
    await world.arrive(...Array.from({ length: 5_100 }, (_, index) => frameAt(index + 4, index === 5_050 ? 80 : 50)));
    expect(await world.events()).toEqual([]);
    world.faults.clear();
    await world.until(12);
    await world.settle();
    expect(await world.events()).toMatchObject([{ onsetMs: START_MS + 5_053_000, clearMs: START_MS + 5_054_000 }]);
  });

  it('writes what has gathered in one piece when it is back, and nobody hears of it before', async () => {
    const world = await begun({ ...loud, hold_s: 0 });
    await world.seconds(1, 2, 50);
    world.faults.add('commit');
    await world.seconds(3, 5, 80);
    await world.seconds(6, 7, 95);
    await world.seconds(8, 9, 50);
    expect([await world.events(), await world.told(), world.announced]).toEqual([[], [], []]);
    world.faults.clear();
    await world.until(60);
    expect(await world.events()).toMatchObject([{ status: 'cleared', gravest: 'alarm' }]);
    expect(await world.told()).toEqual(['lp onset ann warn', 'lp level-up ann alarm', 'lp clear ann alarm']);
    expect(world.announced.flatMap(({ steps }) => steps.map(({ kind }) => kind))).toEqual(['onset', 'level-up', 'clear']);
  });
});

describe('a rule', () => {
  it('that is edited closes what it had open with that reason, and is judged by the new wording from then on', async () => {
    const world = await begun(loud);
    await world.seconds(1, 5, 80);
    await world.engine.putRule(ruleSchema.parse({ ...loud, levels: [{ name: 'warn', threshold: 90 }] }));
    await world.seconds(6, 12, 80);
    await world.settle();
    expect((await world.events()).map(({ status, endReason }) => [status, endReason])).toEqual([['cleared', 'rule_changed']]);
    expect(await world.told()).toEqual(['lp onset ann warn', 'lp clear ann warn']);
  });

  it.each([
    ['deleted', (world: AlertWorld) => world.engine.deleteRule('lp')],
    ['switched off', (world: AlertWorld) => world.engine.putRule(ruleSchema.parse({ ...loud, enabled: false }))],
  ])('that is %s closes what it had open, tells so, and stays closed over a restart', async (_name, change) => {
    const world = await begun(loud);
    await world.seconds(1, 5, 80);
    await change(world);
    await world.seconds(6, 8, 80);
    await world.settle();
    await world.crash();
    await world.seconds(9, 12, 80);
    await world.settle();
    expect((await world.events()).map(({ status, endReason }) => [status, endReason])).toEqual([['cleared', 'rule_disabled']]);
    expect(await world.told()).toEqual(['lp onset ann warn', 'lp clear ann warn']);
  });

  it('goes by the new zone of its unit at once, and what it had open by the old one ends', async () => {
    const schedule = { windows: [{ days: [1], from: '10:00', to: '11:00' }], holidays: [], on_holidays: 'off' as const };
    const world = await begun({ ...loud, hold_s: 0, schedule }, { ...loud, id: 'always', hold_s: 0 });
    await world.seconds(1, 5, 80);
    world.zone = 'Europe/Berlin';
    await world.engine.unitChanged('u1');
    await world.seconds(6, 8, 80);
    await world.settle();
    expect((await world.events()).map(({ rule, status, endReason }) => [rule, status, endReason])).toEqual([
      ['always', 'active', null],
      ['lp', 'cleared', 'rule_changed'],
    ]);
  });

  it('of another unit goes on while one fails', async () => {
    const world = await begun(loud, { ...loud, id: 'other', unit: 'u2' });
    // What no schema lets through: a rule that only fails once it is weighed.
    await world.store.putRule({ ...ruleSchema.parse(loud), levels: undefined as never }, START_MS, null);
    await world.crash();
    await world.until(1);
    for (let second = 1; second <= 5; second += 1) {
      await world.until(second);
      await world.arrive(frameAt(second, 80, { unit: 'u2' }), frameAt(second, 80));
    }
    await world.settle();
    expect((await world.events()).map(({ rule }) => rule)).toEqual(['other']);
    expect(world.engine.standing('lp')?.failure).not.toBeNull();
  });
});

describe('conditions of meter, edge and hub', () => {
  const low: RuleDraft = {
    ...loud,
    id: 'battery',
    metric: { kind: 'health', of: 'battery-low' },
    levels: [{ name: 'warn', threshold: 0.5 }],
    hold_s: 5,
  };

  it('alert after the time that the rule asks for, once, also over a crash at any moment', async () => {
    for (let killedAt = 1; killedAt <= 14; killedAt += 1) {
      const world = await begun(low);
      world.engine.unitState('u1', stateOf({ battery: 'Low' }));
      for (let second = 1; second <= 14; second += 1) {
        await world.until(second);
        if (second !== killedAt) continue;
        await world.crash();
        world.engine.unitState('u1', stateOf({ battery: 'Low' }));
      }
      world.engine.unitState('u1', stateOf({ battery: 'Full' }));
      await world.until(20);
      await world.settle();
      expect(
        (await world.events()).map(({ status }) => status),
        `killed at ${killedAt}`,
      ).toEqual(['cleared']);
      expect(await world.told(), `killed at ${killedAt}`).toEqual(['battery onset ann warn', 'battery clear ann warn']);
    }
  });

  it('count for nothing while the edge is away: nobody knows how it is', async () => {
    const world = await begun({ ...low, hold_s: 300 });
    world.engine.unitState('u1', stateOf({ battery: 'Low' }));
    await world.until(5);
    world.online = false;
    await world.until(600);
    await world.settle();
    expect(await world.events()).toEqual([]);
  });

  it('end when their rule is changed', async () => {
    const world = await begun({ ...low, hold_s: 0 });
    world.engine.unitState('u1', stateOf({ battery: 'Low' }));
    await world.until(5);
    await world.engine.putRule(ruleSchema.parse({ ...low, enabled: false }));
    await world.settle();
    expect((await world.events()).map(({ status, endReason }) => [status, endReason])).toEqual([['cleared', 'rule_disabled']]);
  });
});

describe('silence', () => {
  const quick = { ...loud, no_data_after_s: 10 };

  it('holds a live alert, is an event of its own, and ends when readings come again', async () => {
    const world = await begun(quick);
    await world.seconds(1, 5, 80);
    await world.until(40);
    expect(world.engine.standing('lp')).toMatchObject({ state: { name: 'suspended' }, because: { code: 'silence' } });
    expect((await world.events('no-data')).map(({ status }) => status)).toEqual(['active']);
    expect((await world.events()).map(({ status }) => status)).toEqual(['active']);
    await world.arrive(frameAt(60, 80));
    await world.settle();
    expect((await world.events('no-data')).map(({ status }) => status)).toEqual(['cleared']);
    expect((await world.events()).map(({ status }) => status)).toEqual(['active']);
    expect(await world.told()).toEqual(['lp onset ann warn', 'no-data onset ann alarm', 'no-data clear ann alarm']);
  });

  it('is none between two batches of an edge that sends in batches', async () => {
    const world = await begun(quick);
    world.batches = true;
    for (const batch of [60, 120, 180]) {
      await world.until(batch);
      await world.arrive(...Array.from({ length: 60 }, (_, index) => frameAt(batch - 59 + index, 50)));
    }
    await world.until(320);
    expect(await world.events('no-data')).toEqual([]);
    expect(world.engine.standing('lp')?.state.name).toBe('idle');
    await world.until(335);
    expect((await world.events('no-data')).map(({ onsetMs }) => onsetMs)).toEqual([START_MS + 180_000]);
    expect(world.engine.standing('lp')?.state.name).toBe('suspended');
  });

  it('is not told to those whose rules do not ask', async () => {
    const world = await begun({ ...quick, notify: [] }, { ...loud, id: 'other' });
    await world.until(60);
    expect(await world.events('no-data')).toMatchObject([{ status: 'active', tellings: {} }]);
  });

  it('of a unit that cannot be reached is told as that, once, and its return', async () => {
    const world = await begun(quick);
    const lost = stateOf({
      reachable: false,
      link: 'refused',
      reason: 'the port refuses',
      since: new Date(START_MS + 1000).toISOString(),
    });
    await world.until(2);
    for (let again = 0; again < 3; again += 1) world.engine.unitState('u1', lost);
    await world.until(60);
    await world.crash();
    world.engine.unitState('u1', lost);
    await world.until(70);
    world.engine.unitState('u1', stateOf());
    await world.settle();
    expect((await world.events('connectivity')).map(({ status, onsetMs }) => [status, onsetMs])).toEqual([
      ['cleared', START_MS + 1000],
    ]);
    expect(await world.told()).toEqual(['connectivity onset ann alarm', 'connectivity clear ann alarm']);
  });

  it('of a unit that cannot be reached is told once, and what its edge finds out later is written beside it', async () => {
    const world = await begun(quick);
    const lost = (cause: 'refused' | 'wedged', reason: string) => stateOf({ reachable: false, link: cause, cause, reason });
    world.engine.unitState('u1', lost('refused', 'The meter refused the connection.'));
    await world.until(10);
    for (let again = 0; again < 3; again += 1) world.engine.unitState('u1', lost('wedged', 'Switch the meter off and on.'));
    world.engine.unitState('u1', lost('refused', 'The meter refused the connection.'));
    await world.crash();
    world.engine.unitState('u1', lost('wedged', 'Switch the meter off and on.'));
    await world.until(60);
    const [event] = await world.events('connectivity');
    expect(event?.steps.map(({ kind, text }) => [kind, text])).toEqual([
      ['onset', 'The meter refused the connection.'],
      ['comment', expect.stringMatching(/: Switch the meter off and on\.$/)],
    ]);
    expect(await world.told()).toEqual(['connectivity onset ann alarm']);
  });

  it.each([
    ['no-data', { link: 'ok' as const, reachable: true }],
    ['connectivity', { link: 'refused' as const, reachable: false, reason: 'refused' }],
  ] as const)('that is on (%s) ends by order of the person who has the unit left alone', async (kind, before) => {
    const world = await begun(quick);
    world.engine.unitState('u1', stateOf(before));
    await world.until(60);
    expect((await world.events(kind)).map(({ status }) => status)).toEqual(['active']);
    world.engine.unitState('u1', stateOf({ reachable: false, link: 'standby' }));
    await world.until(62);
    expect((await world.events(kind)).map(({ status, endReason }) => [status, endReason])).toEqual([['cleared', 'operator']]);
  });

  it('that is on ends when no rule asks for readings any more', async () => {
    const world = await begun(quick);
    await world.until(60);
    await world.engine.putRule(ruleSchema.parse({ ...quick, no_data_after_s: null }));
    await world.until(62);
    expect((await world.events('no-data')).map(({ endReason }) => endReason)).toEqual(['operator']);
  });

  it('of a unit that is left alone on purpose is none', async () => {
    const world = await begun(quick);
    world.engine.unitState('u1', stateOf({ reachable: false, link: 'standby' }));
    await world.until(60);
    expect([...(await world.events('no-data')), ...(await world.events('connectivity'))]).toEqual([]);
  });
});

describe('an edge that is away', () => {
  it('is told once, and what its units would say is recorded and told only if it is still on after its return', async () => {
    const world = await begun({ ...loud, hold_s: 0, no_data_after_s: 10 });
    await world.seconds(1, 5, 50);
    world.online = false;
    await world.until(80);
    await world.arrive(...Array.from({ length: 5 }, (_, index) => frameAt(index + 70, 80)));
    await world.until(120);
    expect(await world.told()).toEqual(['edge onset ann alarm']);
    expect(await world.events('no-data')).toEqual([]);
    expect((await world.events())[0]?.tellings['ann']).toMatchObject({ reason: 'inhibited', waits: { untilMs: null } });
    world.online = true;
    await world.until(125);
    expect(await world.told()).toEqual(['edge onset ann alarm', 'edge clear ann alarm']);
    await world.seconds(126, 190, 80);
    expect(await world.told()).toEqual(['edge onset ann alarm', 'edge clear ann alarm', 'lp onset ann warn']);
  });

  it('is waited for a minute, also after a start of the hub', async () => {
    const world = await begun(loud);
    await world.until(1);
    world.online = false;
    await world.until(30);
    await world.crash();
    await world.until(80);
    expect(await world.events('edge')).toEqual([]);
    await world.until(95);
    expect((await world.events('edge')).map(({ status }) => status)).toEqual(['active']);
  });
});

describe('the hub itself', () => {
  it('says when it has lost its broker, and blames nobody beneath for the silence', async () => {
    const world = await begun({ ...loud, no_data_after_s: 10 });
    await world.seconds(1, 5, 50);
    world.hubOnline = false;
    await world.until(120);
    expect((await world.events('hub')).map(({ status }) => status)).toEqual(['active']);
    expect([...(await world.events('no-data')), ...(await world.events('edge'))]).toEqual([]);
    world.hubOnline = true;
    await world.until(122);
    await world.settle();
    expect(await world.told()).toEqual(['hub onset ann alarm', 'hub clear ann alarm']);
  });

  it('says after its return that it was away', async () => {
    const world = await begun(loud);
    await world.until(60);
    await world.engine.close();
    world.clock.advance(900_000);
    await world.crash();
    await world.settle();
    expect(await world.events('hub')).toMatchObject([
      { status: 'cleared', onsetMs: START_MS + 60_000, clearMs: START_MS + 960_000 },
    ]);
    expect(await world.told()).toEqual(['hub onset ann alarm', 'hub clear ann alarm']);
  });
});

describe('a silence of people', () => {
  const silence = { id: 's', unit: 'u1', rule: null, fromMs: START_MS, toMs: START_MS + 60_000, reason: 'works', by: 'bob' };

  it('keeps back what is told when it ends, if it is still on, also over a crash', async () => {
    const world = await begun({ ...loud, hold_s: 0 });
    await world.store.putSilence(silence);
    await world.engine.reloadReceivers();
    await world.seconds(1, 5, 80);
    await world.crash();
    await world.seconds(6, 58, 80);
    expect(await world.told()).toEqual([]);
    await world.seconds(59, 62, 80);
    await world.settle();
    expect(await world.told()).toEqual(['lp onset ann warn']);
  });

  it('does not keep back the end of what was told before it, nor tell what was over before its end', async () => {
    const world = await begun({ ...loud, hold_s: 0 });
    await world.seconds(1, 2, 80);
    await world.store.putSilence(silence);
    await world.engine.reloadReceivers();
    await world.seconds(3, 4, 50);
    await world.seconds(5, 8, 80);
    await world.seconds(9, 63, 50);
    await world.settle();
    expect(await world.told()).toEqual(['lp onset ann warn', 'lp clear ann warn']);
    expect((await world.events()).map(({ tellings }) => tellings['ann']?.reason)).toEqual([
      'over-before-told',
      'end-of-what-was-told',
    ]);
  });
});

describe('an event that may go on', () => {
  it('is told to be over only when it can no longer, and not at all when it does', async () => {
    const world = await begun({ ...loud, hold_s: 0, merge_s: 20 });
    await world.seconds(1, 3, 80);
    await world.seconds(4, 10, 50);
    await world.seconds(11, 13, 80);
    await world.seconds(14, 29, 50);
    await world.settle();
    expect(await world.told()).toEqual(['lp onset ann warn']);
    await world.seconds(35, 36, 50);
    await world.settle();
    expect(await world.told()).toEqual(['lp onset ann warn', 'lp clear ann warn']);
    expect(await world.events()).toMatchObject([{ count: 2 }]);
  });
});
