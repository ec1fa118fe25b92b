/** The hub dies at every single step between a reading and its delivery: before a call of a store or a channel is carried out, and after it. */
import { describe, expect, it } from 'vitest';
import { AlertWorld } from '../adapters/memory/alert-world.ts';
import { frameAt } from './alert-example.ts';
import type { RuleDraft } from './rules/rule.ts';

const loud: RuleDraft = {
  id: 'lp',
  unit: 'u1',
  name: 'Loud',
  metric: { kind: 'lp' },
  levels: [
    { name: 'warn', threshold: 70 },
    { name: 'alarm', threshold: 90 },
  ],
  hold_s: 1,
  merge_s: 3,
  cooldown_s: 0,
  no_data_after_s: null,
  notify: ['ann'],
};
/** Two events: one that grows and one that goes on after a pause. */
const LEVELS = [50, 80, 80, 80, 95, 95, 50, 50, 50, 50, 50, 80, 80, 50, 80, 80, 50, 50, 50, 50, 50, 50];

type Fate = AlertWorld['fate'];

/** What was told, by the ids under which it was told; how often the hub called a store or channel; and what it was at its death. */
async function lived(fate: Fate): Promise<{ readonly told: string[]; readonly calls: number; readonly diedAt: string }> {
  const world = new AlertWorld(true);
  await world.start(loud);
  let calls = 0;
  let diedAt = '';
  world.fate = (call) => {
    calls += 1;
    const what = fate(String(calls));
    if (what !== 'lives') diedAt = `${what} ${call}`;
    return what;
  };
  const reborn = async (): Promise<void> => {
    if (world.isDead) await world.crash();
  };
  for (const [index, level] of LEVELS.entries()) {
    await world.until(index + 1);
    await reborn();
    await world.arrive(frameAt(index + 1, level));
    await world.until(index + 1.5);
    await reborn();
  }
  for (let second = 60; second <= 400; second += 20) {
    await world.until(second);
    await reborn();
  }
  const told = world.sent.flatMap(({ id, data }) =>
    (data['data'] as { alerts: { event_id: string; kind: string }[] }).alerts.map(
      ({ event_id: event, kind }) => `${event} ${kind} ${id}`,
    ),
  );
  return { told, calls, diedAt };
}

/** In the order in which they were told first. */
const unique = (lines: readonly string[]): string[] => [...new Set(lines)];
const withoutId = (line: string): string => line.split(' ').slice(0, 2).join(' ');

describe('a hub that dies', () => {
  it('at any step between reading and delivery loses no notification, and sends none under two ids', async () => {
    const calm = await lived(() => 'lives');
    expect(calm.told.map(withoutId).map((line) => line.split(' ')[1])).toEqual(['onset', 'level-up', 'clear', 'onset', 'clear']);
    const deaths = new Set<string>();
    for (const death of ['dies-before', 'dies-after'] as const)
      for (let at = 1; at <= calm.calls; at += 1) {
        const { told, diedAt } = await lived((call) => (call === String(at) ? death : 'lives'));
        deaths.add(diedAt);
        // Two that were told apart may travel together after a crash, and then go by one id.
        expect(unique(told).map(withoutId), `${diedAt}, call ${at}`).toEqual(unique(calm.told).map(withoutId));
      }
    for (const call of ['commit', 'send', 'updateOutbox', 'due', 'unsent'])
      expect([...deaths]).toEqual(expect.arrayContaining([`dies-before ${call}`, `dies-after ${call}`]));
  }, 120_000);
});
