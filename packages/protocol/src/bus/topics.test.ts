import { describe, expect, it } from 'vitest';
import { parseTopic, topics } from './topics.ts';

describe('topics', () => {
  it('reads back every topic it builds', () => {
    expect(parseTopic(topics.hubState())).toEqual({ kind: 'hub-state' });
    expect(parseTopic(topics.edgeState('demo'))).toEqual({ kind: 'edge-state', edge: 'demo' });
    expect(parseTopic(topics.dod('demo', 'NL43-01'))).toEqual({ kind: 'dod', edge: 'demo', unit: 'NL43-01' });
    expect(parseTopic(topics.unitState('demo', 'u'))).toEqual({ kind: 'unit-state', edge: 'demo', unit: 'u' });
    expect(parseTopic(topics.ack('demo'))).toEqual({ kind: 'ack', edge: 'demo' });
    expect(parseTopic(topics.file('demo', 't1'))).toEqual({ kind: 'file', edge: 'demo', transfer: 't1' });
    expect(parseTopic(topics.alertState('u', 'r'))).toEqual({ kind: 'alert-state', unit: 'u', rule: 'r' });
    expect(parseTopic(topics.alertEvent('u'))).toEqual({ kind: 'alert-event', unit: 'u' });
    expect(parseTopic(topics.alertNotification('ann'))).toEqual({ kind: 'alert-notification', receiver: 'ann' });
  });

  it.each([
    'slmm/v1',
    'slmm/v1/',
    'slmm/v2/demo/state',
    'slmm/v1/demo/constructor',
    'slmm/v1/demo/u/__proto__',
    'slmm/v1/demo/../dod',
    'slmm/v1/demo/u/dod/x',
    'slmm/v1/demo/hub/dod',
    'slmm/v1/alert/state',
    'slmm/v1/hub/u/dod',
    'slmm/v1/+/u/dod',
    'slmm/v1/demo/a b/dod',
    `slmm/v1/demo/${'u'.repeat(65)}/dod`,
  ])('refuses %s', (topic) => {
    expect(parseTopic(topic)).toBeNull();
  });
});
