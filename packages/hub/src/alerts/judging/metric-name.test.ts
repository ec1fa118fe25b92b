import { expect, it } from 'vitest';
import type { Metric } from '../rules/rule.ts';
import { figureUnitOf, metricName } from './metric-name.ts';

it.each<[Metric, string | null]>([
  [{ kind: 'lp' }, 'dB'],
  [{ kind: 'interval', of: 'lpeak' }, 'dB'],
  [{ kind: 'leq', seconds: 900, mode: 'clock' }, 'dB'],
  [{ kind: 'ln', percent: 10, seconds: 900 }, 'dB'],
  [{ kind: 'headroom', limit: 65 }, 'dB'],
  [{ kind: 'device', of: 'leq' }, 'dB'],
  [{ kind: 'health', of: 'battery-low' }, null],
  [{ kind: 'health', of: 'overload' }, null],
  [{ kind: 'health', of: 'asleep' }, null],
  [{ kind: 'health', of: 'stopped' }, null],
  [{ kind: 'health', of: 'stopped-without-order' }, null],
  [{ kind: 'health', of: 'wedged' }, null],
  [{ kind: 'sd-free-mb' }, 'MB'],
  [{ kind: 'clock-offset-s' }, 's'],
  [{ kind: 'connectivity', of: 'unit' }, null],
  [{ kind: 'connectivity', of: 'edge' }, null],
  [{ kind: 'connectivity', of: 'hub' }, null],
  [{ kind: 'coverage', seconds: 3600 }, '%'],
])('knows what %o is counted in', (metric, unit) => {
  expect(figureUnitOf(metricName(metric))).toBe(unit);
});
