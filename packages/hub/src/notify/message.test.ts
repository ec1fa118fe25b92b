import { describe, expect, it } from 'vitest';
import type { OutboxEntry } from '../alerts/alert-store.ts';
import type { AlertFacts } from './alert-facts.ts';
import { composeMessage } from './message.ts';
import { entryExample } from './outbox-example.ts';
import { receiverSchema } from './receiver.ts';

const ann = receiverSchema.parse({ id: 'ann', name: 'Ann', channels: [{ kind: 'log' }], zone: 'Europe/Berlin' });
const alert = (more: Partial<AlertFacts>): AlertFacts => ({ ...entryExample('n').alert, ...more });
const compose = (told: readonly OutboxEntry[], page: string | null = null) => composeMessage('n1', told, ann, page);
const ended = entryExample('n2', {
  step: 'clear',
  alert: alert({ status: 'cleared', clearMs: Date.UTC(2026, 5, 1, 22, 5), endReason: 'window_end', count: 3 }),
});

describe('a message', () => {
  it('says grade, unit and rule first, then since when in the zone of its reader, and why', () => {
    const { subject, text } = compose([entryExample('n1')]);
    expect(subject).toBe('[WARN] u1: Limit');
    expect(text).toBe(
      'u1, Limit: warn since 2026-06-02 00:00:00 +02:00, began at 75 dB, limit 70 dB, peak 81.3 dB (75 is over the limit of 70)\n',
    );
  });

  it('says of one that has grown how far, and not how it began', () => {
    const grown = entryExample('n7', {
      step: 'level-up',
      alert: alert({ level: 'alarm', threshold: 80, text: '81.3 is over the limit of 80' }),
    });
    expect(compose([grown]).text).toBe(
      'u1, Limit: has grown to alarm, on since 2026-06-02 00:00:00 +02:00, limit 80 dB, peak 81.3 dB (81.3 is over the limit of 80)\n',
    );
  });

  it('says of an end when it was, why, and how often it had begun', () => {
    const { subject, text } = compose([ended]);
    expect(subject).toBe('[END] u1: Limit');
    expect(text).toBe(
      'u1, Limit: ended 2026-06-02 00:05:00 +02:00 (window end), began 2026-06-02 00:00:00 +02:00, peak 81.3 dB, 3 times\n',
    );
  });

  it('says of an end that a person has ordered which order it was', () => {
    const gone = { status: 'cleared' as const, clearMs: Date.UTC(2026, 5, 1, 22, 5), endReason: 'operator' };
    const told = entryExample('n2', { step: 'clear', alert: alert({ ...gone, text: 'the unit was removed' }) });
    expect(compose([told]).text).toContain('ended 2026-06-02 00:05:00 +02:00 (the unit was removed), began');
  });

  it('says of what later data did not confirm that it was none', () => {
    const gone = entryExample('n3', { step: 'clear', alert: alert({ status: 'superseded' }) });
    expect(compose([gone]).text).toContain('not confirmed by later data');
    expect(compose([gone]).data).toMatchObject({ data: { alerts: [{ end_reason: 'not_confirmed', clear_at: null }] } });
  });

  it('names no figures where a metric only holds or does not, and other units where it has them', () => {
    const away = entryExample('n4', { alert: alert({ metric: 'connectivity', threshold: 0.5, onsetValue: 1, peakValue: 1 }) });
    expect(compose([away]).text).not.toMatch(/began at|limit of 0|peak/);
    const thin = entryExample('n5', {
      alert: alert({ metric: 'coverage_3600s', threshold: 90, onsetValue: 71.2, peakValue: null }),
    });
    expect(compose([thin]).text).toContain('began at 71.2 %, limit 90 %');
  });

  it('tells several alerts of a site by their grades', () => {
    const told = [entryExample('n1'), entryExample('n6', { alert: alert({ level: 'critical' }) }), ended];
    const message = compose(told);
    expect(message.subject).toBe('[1 CRITICAL, 1 WARN, 1 END] 3 alerts at site');
    expect(message.data).toMatchObject({ type: 'alert.group', data: { receiver: 'ann' } });
    expect(message.text.split('\n')).toHaveLength(4);
  });

  it('lets no name break out of its header line or of the HTML', () => {
    const odd = entryExample('n1', { alert: alert({ name: 'a\r\nBcc: all@example.org <b onclick="x">' }) });
    expect(compose([odd]).subject).not.toMatch(/[\r\n]/);
    expect(compose([odd]).html).not.toContain('<b onclick');
    expect(compose([odd]).html).toContain('&#60;b onclick=&#34;x&#34;&#62;');
  });

  it('links to the event, and to the inbox where there are several, when the hub knows its address', () => {
    expect(compose([entryExample('n1')], 'https://hub.example').text).toContain('\nhttps://hub.example/#/event/e1\n');
    expect(compose([entryExample('n1'), ended], 'https://hub.example').text).toContain('\nhttps://hub.example/#/alerts\n');
    expect(compose([entryExample('n1')], 'https://hub.example').html).toContain(
      '<a href="https://hub.example/#/event/e1">u1: Limit</a>',
    );
    expect(compose([entryExample('n1')]).data).not.toHaveProperty('data.alerts.0.url');
  });
});
