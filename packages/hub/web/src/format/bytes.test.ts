import { expect, it } from 'vitest';
import { formatBytes } from './bytes.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1_540_000, '1.5 MB'],
  [99_960_000, '100 MB'],
  [999_600, '1.0 MB'],
  [2_147_483_648, '2.1 GB'],
  [5e16, '50000 TB'],
])('says %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
