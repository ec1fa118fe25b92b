import { expect, it } from 'vitest';
import { DeviceLog } from './device-log.ts';

it('keeps the newest lines only and gives those asked for', () => {
  const log = new DeviceLog();
  for (let count = 0; count < 1000; count += 1) {
    log.note({
      at: String(count),
      level: count % 2 === 0 ? 'DEBUG' : 'WARNING',
      category: count % 3 === 0 ? 'TCP' : 'POLL',
      message: 'x',
    });
  }
  expect(log.query('DEBUG', null, 1000).map((line) => line.at)).toEqual(
    Array.from({ length: 300 }, (_, index) => String(700 + index)),
  );
  expect(log.query('INFO', 'TCP', 2).map((line) => line.at)).toEqual(['993', '999']);
});
