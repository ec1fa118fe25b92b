import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BackfillLimits, BackfillPlan } from './backfill-plan.ts';

const EPOCH = 'EPOCH00001';
const limits: BackfillLimits = { batchFrames: 10, holdMs: 0, retryFirstMs: 1000, retryMaxMs: 4000, maxUnacknowledgedBatches: 8 };
const oldestBySeq = (_epoch: string, _unit: string, seq: number): number => seq;

const planOf = (highest: Record<string, number>, over: Partial<BackfillLimits> = {}): BackfillPlan => {
  const plan = new BackfillPlan({ ...limits, ...over });
  for (const [unit, seq] of Object.entries(highest)) plan.journalled(EPOCH, unit, seq, 0, true);
  return plan;
};
/** Sends what the plan says next, up to ten frames, and tells what that was. */
const send = (plan: BackfillPlan, nowMs = 0): string | null => {
  const next = plan.next(nowMs, oldestBySeq);
  if (next === null) return null;
  const last = Math.min(next.range[1], next.range[0] + limits.batchFrames - 1);
  plan.sent(next.epoch, next.unit, [next.range[0], last], nowMs, { heard: true, batch: true });
  return `${next.unit} ${next.range[0]}-${last}`;
};
const sendAll = (plan: BackfillPlan, nowMs = 0): string[] => {
  const sent: string[] = [];
  for (let one = send(plan, nowMs); one !== null; one = send(plan, nowMs)) sent.push(one);
  return sent;
};

describe('backfill plan', () => {
  it('sends what lies between watermark and end, oldest first over all units', () => {
    const plan = planOf({ u1: 25, u2: 12 });
    plan.acknowledged(EPOCH, 'u2', 3, 0);
    expect(sendAll(plan)).toEqual(['u1 1-10', 'u2 4-12', 'u1 11-20', 'u1 21-25']);
  });

  it('leaves out what went live', () => {
    const plan = planOf({ u1: 20 });
    plan.sent(EPOCH, 'u1', [8, 9], 0, { heard: true, batch: false });
    plan.sent(EPOCH, 'u1', [10, 10], 0, { heard: true, batch: false });
    expect(sendAll(plan)).toEqual(['u1 1-7', 'u1 11-20']);
  });

  it('does not count as sent what no hub could hear', () => {
    const plan = planOf({ u1: 5 });
    plan.sent(EPOCH, 'u1', [1, 5], 0, { heard: false, batch: false });
    expect(sendAll(plan)).toEqual(['u1 1-5']);
    expect(plan.neverSent(EPOCH, 'u1', [1, 6])).toEqual([[6, 6]]);
  });

  it('starts over from the watermark in a new session', () => {
    const plan = planOf({ u1: 15 });
    sendAll(plan);
    plan.acknowledged(EPOCH, 'u1', 4, 0);
    plan.forgetSent();
    expect(sendAll(plan)).toEqual(['u1 5-14', 'u1 15-15']);
  });

  it('follows a watermark that goes back, even to nothing', () => {
    const plan = planOf({ u1: 15 });
    sendAll(plan);
    plan.acknowledged(EPOCH, 'u1', 15, 0);
    plan.acknowledged(EPOCH, 'u1', 0, 0);
    expect(sendAll(plan)).toEqual(['u1 1-10', 'u1 11-15']);
  });

  it('probes what is not acknowledged in time, with growing pauses', () => {
    const plan = planOf({ u1: 30 });
    sendAll(plan, 0);
    expect(sendAll(plan, 999)).toEqual([]);
    expect(sendAll(plan, 1000)).toEqual(['u1 1-10']);
    expect(sendAll(plan, 2999)).toEqual([]);
    expect(sendAll(plan, 3000)).toEqual(['u1 1-10']);
    expect(sendAll(plan, 7000)).toEqual(['u1 1-10']);
    expect(sendAll(plan, 11_000)).toEqual(['u1 1-10']);
    expect(plan.nextDueMs()).toBe(15_000);
  });

  it('sends the rest again when the watermark stops within the probe, and nothing when it jumps beyond it', () => {
    const stopped = planOf({ u1: 30 });
    sendAll(stopped);
    sendAll(stopped, 1000);
    stopped.acknowledged(EPOCH, 'u1', 10, 1100);
    expect(sendAll(stopped, 1100)).toEqual(['u1 11-20', 'u1 21-30']);

    const jumped = planOf({ u1: 30 });
    sendAll(jumped);
    sendAll(jumped, 1000);
    jumped.acknowledged(EPOCH, 'u1', 30, 1100);
    expect(sendAll(jumped, 1100)).toEqual([]);
  });

  it('does not flood a hub that acknowledges nothing', () => {
    const plan = planOf({ u1: 10_000 });
    expect(sendAll(plan)).toHaveLength(limits.maxUnacknowledgedBatches);
    plan.acknowledged(EPOCH, 'u1', 20, 1);
    expect(sendAll(plan, 1)).toEqual(['u1 81-90', 'u1 91-100']);
  });

  it('lets batches fill in economy, by number or until the minute in which all leave', () => {
    const plan = planOf({}, { holdMs: 60_000 });
    plan.journalled(EPOCH, 'u1', 1, 5000);
    plan.journalled(EPOCH, 'u1', 2, 30_000);
    plan.journalled(EPOCH, 'u2', 1, 50_000);
    expect(send(plan, 59_999)).toBeNull();
    expect(plan.nextDueMs()).toBe(60_000);
    expect(sendAll(plan, 60_000)).toEqual(['u1 1-2', 'u2 1-1']);
    for (let seq = 3; seq <= 12; seq += 1) plan.journalled(EPOCH, 'u1', seq, 60_500);
    expect(send(plan, 60_500)).toBe('u1 3-12');
  });

  it('brings every frame to a hub that loses any of them, in the end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ highest: fc.integer({ min: 1, max: 6 }), lose: fc.boolean(), ackLost: fc.boolean() }), {
          maxLength: 30,
        }),
        (steps) => {
          const plan = new BackfillPlan(limits);
          const has = new Set<number>();
          let [highest, nowMs] = [0, 0];
          const watermark = (): number => {
            let seq = 0;
            while (has.has(seq + 1)) seq += 1;
            return seq;
          };
          const round = (lose: boolean, ackLost: boolean): void => {
            for (let next = plan.next(nowMs, oldestBySeq); next !== null; next = plan.next(nowMs, oldestBySeq)) {
              const last = Math.min(next.range[1], next.range[0] + limits.batchFrames - 1);
              plan.sent(EPOCH, 'u', [next.range[0], last], nowMs, { heard: true, batch: true });
              if (!lose) for (let seq = next.range[0]; seq <= last; seq += 1) has.add(seq);
            }
            if (!ackLost) plan.acknowledged(EPOCH, 'u', watermark(), nowMs);
          };
          for (const { highest: more, lose, ackLost } of steps) {
            highest += more;
            nowMs += 700;
            plan.journalled(EPOCH, 'u', highest, nowMs);
            round(lose, ackLost);
          }
          for (let index = 0; index < 40; index += 1) {
            nowMs += limits.retryMaxMs;
            round(false, false);
          }
          expect(watermark()).toBe(highest);
          expect(plan.unsent().frames).toBe(0);
        },
      ),
    );
  });
});
