import { describe, expect, it } from 'vitest';
import { emptyForm, formOf, METRIC_CHOICES, ruleOf, type RuleForm } from './rule-form-model.ts';

const filled = (more: Partial<RuleForm> = {}): RuleForm => ({ ...emptyForm('u1'), name: 'Night', ...more });
const made = (form: RuleForm) => {
  const result = ruleOf(form);
  if (result.kind !== 'rule') throw new Error(result.text);
  return result.rule;
};

describe('the rule form', () => {
  it('makes the rule that it reads as', () => {
    expect(made(filled({ notify: ['ann'] }))).toMatchObject({
      unit: 'u1',
      metric: { kind: 'leq', seconds: 900, mode: 'moving' },
      levels: [
        { name: 'warn', threshold: 70 },
        { name: 'alarm', threshold: 75 },
      ],
      cooldown_s: 300,
      schedule: null,
      notify: ['ann'],
    });
  });

  it.each(METRIC_CHOICES.map(({ id }) => id))('writes %s and reads it back', (metric) => {
    const windows = [{ days: [1, 5], from: '22:00', to: '07:00', own: null }];
    const rule = made(filled({ metric, windows }));
    expect(made(formOf(rule, 'u1'))).toEqual(rule);
  });

  it('gives a window thresholds of its own, level by level, and reads them back', () => {
    const own = { warn: '45', alarm: '50', critical: '' };
    const rule = made(filled({ windows: [{ days: [1], from: '22:00', to: '07:00', own }] }));
    expect(rule.schedule?.windows).toEqual([{ days: [1], from: '22:00', to: '07:00', thresholds: [45, 50] }]);
    expect(formOf(rule, 'u1').windows[0]?.own).toEqual(own);
  });

  it('can leave silence alone', () => {
    expect(made(filled({ silenceSeconds: '' })).no_data_after_s).toBeNull();
    expect(formOf({ ...made(filled()), no_data_after_s: null }, 'u1').silenceSeconds).toBe('');
  });

  it('keeps what it has no field for', () => {
    const rule = { ...made(filled()), max_gap_s: 9, metric: { kind: 'device' as const, of: 'ln3' } };
    expect(made(formOf(rule, 'u1'))).toMatchObject({ max_gap_s: 9, metric: { kind: 'device', of: 'ln3' } });
  });

  it('asks for no threshold where there is none', () => {
    expect(made(filled({ metric: 'health-wedged', warn: '', alarm: '' }))).toMatchObject({
      metric: { kind: 'health', of: 'wedged' },
      levels: [{ name: 'alarm', threshold: 0.5 }],
      clear_margin: 0,
    });
  });

  it.each([
    ['a name', { name: ' ' }],
    ['a threshold', { warn: '', alarm: '' }],
    ['numbers', { margin: 'two' }],
    ['a window for headroom', { metric: 'headroom' as const }],
    [
      'all thresholds of a window that has its own',
      { windows: [{ days: [1], from: '07:00', to: '19:00', own: { warn: '1', alarm: '', critical: '' } }] },
    ],
    ['a silence that is long enough', { silenceSeconds: '3' }],
    ['days in a window', { windows: [{ days: [], from: '07:00', to: '19:00', own: null }] }],
  ])('says that it needs %s', (_name, more) => {
    expect(ruleOf(filled(more)).kind).toBe('problem');
  });
});
