import { linkEvidenceSchema } from '@slmm/protocol';
import { expect, it } from 'vitest';
import { Evidence } from './evidence.ts';

const answered = (sentAtMs: number, endAtMs: number) => ({ kind: 'answered', value: null, sentAtMs, endAtMs }) as const;

it('tells the last commands with what became of them, and the timing of the answers', () => {
  const evidence = new Evidence();
  evidence.command('DOD?', answered(0, 40), 40);
  evidence.command('Battery Level?', { kind: 'refused-by-meter', code: '0004' }, 1200);
  evidence.command('DOD?', { kind: 'failed', cause: 'timeout', detail: 'no answer to DOD? within 5 s' }, 7000);
  evidence.command('Clock?', { kind: 'not-sent', cause: 'late', detail: '' }, 7500);
  evidence.command('DOD?', answered(9000, 9100), 9100);
  evidence.command('DOD?', answered(10_120, 10_180), 10_180);
  const { commands, timing } = linkEvidenceSchema.parse(evidence.bundle());
  expect(commands.map(({ line, outcome, ms }) => [line, outcome, ms])).toEqual([
    ['DOD?', 'ok', 40],
    ['Battery Level?', 'R+0004', null],
    ['DOD?', 'timeout: no answer to DOD? within 5 s', null],
    ['DOD?', 'ok', 100],
    ['DOD?', 'ok', 60],
  ]);
  // What lies between a failure and the next command says nothing of the rest that the meter got.
  expect(timing).toEqual({ answers: 3, p50_ms: 60, max_ms: 100, least_gap_ms: 1020 });
});

it('counts everything and keeps the newest of it', () => {
  const evidence = new Evidence();
  for (let count = 1; count <= 1000; count += 1) {
    evidence.command(`Ask ${count}?`, answered(count * 2000, count * 2000 + count), count * 2000 + count);
    evidence.connected(count);
    evidence.failed(`refused: ${count} ${'x'.repeat(1000)}`, count);
    evidence.ftp(`port 21 is open ${count}`, count);
  }
  const bundle = linkEvidenceSchema.parse(evidence.bundle());
  expect(bundle.commands.at(-1)?.line).toBe('Ask 1000?');
  expect(bundle.connections).toMatchObject({ opened: 1000, failed: 1000 });
  expect(bundle.ftp).toMatchObject({ uses: 1000 });
  expect(bundle.timing).toMatchObject({ answers: 120, max_ms: 1000 });
  expect(JSON.stringify(bundle).length).toBeLessThan(8000);
});
