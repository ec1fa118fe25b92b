import { describe, expect, it } from 'vitest';
import { RULE_PRESETS } from './presets.ts';
import { ruleSchema } from './rule.ts';

describe('presets', () => {
  it.each(RULE_PRESETS.map((preset) => [preset.id, preset] as const))(
    '%s is a rule that can be written as it is',
    (id, preset) => {
      expect(ruleSchema.parse({ ...preset.rule, id, unit: 'u1' })).toMatchObject({ name: preset.rule.name, enabled: true });
    },
  );

  it('have ids of their own', () => {
    expect(new Set(RULE_PRESETS.map(({ id }) => id)).size).toBe(RULE_PRESETS.length);
  });
});
