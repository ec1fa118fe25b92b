import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChromiumRun, isChromiumMissing, keepPicture, startChromium } from './chromium-run.ts';
import { store, streamSeries } from '../journeys/history/series.ts';
import { startStoredHub, type StoredHub } from '../journeys/history/stored-hub.ts';

/** A Tuesday, and from its evening before to the morning after. */
const DATE = '2026-10-20';
const SERIES = streamSeries('STREAM', Date.parse('2026-10-19T20:00:00Z'), 36);

/** What an acoustician does with a unit's past. `SLMM_SCREENSHOTS` names a directory that keeps pictures of it. */
describe.skipIf(isChromiumMissing(`The history's page`))('history in a browser', () => {
  let hub: StoredHub;
  let browser: ChromiumRun;
  let page: Page;

  beforeAll(async () => {
    hub = await startStoredHub(null, 'Europe/Berlin', (readings, history) =>
      store(SERIES, readings, history, Date.now(), 'packed'),
    );
    browser = await startChromium();
    ({ page } = browser);
    await page.goto(hub.signIn);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.close();
  });

  const open = async (query: string): Promise<void> => {
    await page.goto(`${hub.origin}/#/history/STREAM?${query}`);
    await page.reload();
    await page.locator('[data-levels="ready"][data-buckets]:not([data-buckets="0"])').waitFor();
    await page.locator('[data-figures="ready"]').waitFor();
  };
  const picture = (name: string): Promise<void> => keepPicture(page, name);
  const level = (value: number): string => (Math.floor(value * 10 + 0.5 + 1e-9) / 10).toFixed(1);
  const range = 'from=2026-10-19T22:00:00Z&to=2026-10-20T22:00:00Z';
  const fact = (index: string) =>
    page
      .locator('.level-facts div')
      .filter({ has: page.locator(`sub:text-is("${index}")`) })
      .locator('dd');

  it('shows a day of the place: its curve, its figures, its periods', async () => {
    await open(`date=${DATE}`);
    await page.getByRole('heading', { name: 'Tue, 20 October 2026' }).waitFor();
    expect(await page.locator('[data-buckets]').getAttribute('data-buckets')).toBe('1440');
    const whole = await hub.get(`/units/STREAM/percentiles?${range}&n=10`);
    expect(await fact('eq').textContent()).toContain(level(whole.leq));
    expect(await fact('10').textContent()).toContain(level(whole.ln['10']));
    const { periods } = await hub.get(`/units/STREAM/periods?date=${DATE}`);
    for (const { name, leq } of periods)
      expect(await page.locator(`[data-period="${name}"] .value`).textContent()).toContain(level(leq));
    await page.getByText('Overloaded and left out').waitFor();
    await picture('history-day');
  });

  it('goes to the week, where each day has a row, and back to one of them', async () => {
    await page.getByText('Week', { exact: true }).click();
    await page.getByRole('heading', { name: '19 to 25 October 2026' }).waitFor();
    await page.locator('[data-periods="ready"] .by-day tbody tr').nth(6).waitFor();
    await picture('history-week');
    await page.getByRole('button', { name: 'Wed 21 Oct' }).click();
    await page.getByRole('heading', { name: 'Wed, 21 October 2026' }).waitFor();
    await page.getByRole('button', { name: 'Earlier day' }).click();
    await page.getByRole('heading', { name: 'Tue, 20 October 2026' }).waitFor();
    expect(page.url()).toContain(`date=${DATE}`);
  });

  it('finds the loudest window, moving too, and rates by a scheme with limits', async () => {
    const { max } = await hub.get(`/units/STREAM/leq?${range}&t=3600&mode=moving&values=none`);
    await page.getByLabel('Loudest').selectOption('3600');
    await page.getByLabel('Windows').selectOption('moving');
    await page
      .locator('[data-loudest="ready"]')
      .getByText(`${level(max.leq)} dB`)
      .waitFor();
    await page.getByLabel('Scheme').selectOption('construction-15min');
    await page.getByText(/Leq,15min \(by the clock\) ≤ 75.0 dB: exceeded/).waitFor();
    await picture('history-scheme');
  });

  it('leaves out what is selected on the chart, says who did it and why, and counts it again when that is withdrawn', async () => {
    const before = await fact('eq').textContent();
    const box = await page.locator('.chart .u-over').boundingBox();
    if (box === null) throw new Error('there is no chart');
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2, { steps: 5 });
    await page.mouse.up();
    await page.getByRole('heading', { name: 'The selected span' }).waitFor();
    await expect.poll(() => page.getByLabel('From', { exact: true }).inputValue()).toMatch(/^2026-10-20T09:3/);
    await page.getByLabel('Reason').fill('Rain');
    await page.getByRole('button', { name: 'Leave this time out' }).click();
    await page.locator('[data-mask="in force"]').getByText('Rain', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Show the whole span' }).click();
    await page.getByText('Masked and left out: 4 h').waitFor();
    expect(await fact('eq').textContent()).not.toBe(before);
    await picture('history-masked');
    await page.getByRole('button', { name: 'Withdraw the mask “Rain”' }).click();
    await page.locator('[data-mask="withdrawn"]').getByText('withdrawn by admin').waitFor();
    await page.getByText('Masked and left out').waitFor({ state: 'detached' });
    await expect.poll(() => fact('eq').textContent()).toBe(before);
  });

  it('records a check before and one after, and shows that the meter drifted', async () => {
    await page.getByText('Record a check').click();
    for (const [at, shown] of [
      ['2026-10-18T12:00', '94.0'],
      ['2026-10-26T12:00', '94.7'],
    ]) {
      await page.getByLabel('At', { exact: true }).fill(at ?? '');
      await page.getByLabel('The meter showed').fill(shown ?? '');
      await page.getByRole('button', { name: 'Record the check' }).click();
      await page.locator('[data-check]').getByText(`${shown} dB at 94.0 dB`).waitFor();
    }
    await page.getByText('more than 0.5 dB').first().waitFor();
    await page.reload();
    await page.getByText('drift +0.7 dB between the checks: more than 0.5 dB').first().waitFor();
  });

  it('hands out what is shown as a file', async () => {
    await page.getByLabel('Tier').selectOption('1h');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV', exact: true }).click(),
    ]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect([download.suggestedFilename(), lines.length]).toEqual(['STREAM_1h_2026-10-19.csv', 25]);
    expect(lines[0]).toMatch(/^start,end,leq,sel,/);
  });

  it('fits on a phone, in light and dark', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const span of ['day', 'week', 'year']) {
        await open(`span=${span}&date=${DATE}`);
        expect([span, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([span, 360]);
      }
      await picture(`phone-history-${colorScheme}`);
    }
  });

  it('lets a viewer look and not change', async () => {
    const made = await hub.ask('POST', '/tokens', { name: 'looker', role: 'viewer' });
    const { token } = (await made.json()) as { readonly token: string };
    await browser.context.clearCookies();
    await page.goto(`${hub.origin}/sign-in?token=${token}`);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await open(`date=${DATE}`);
    await page.getByRole('heading', { name: 'Masks' }).waitFor();
    expect(await page.getByRole('button', { name: 'Leave this time out' }).count()).toBe(0);
    expect(await page.getByText('Record a check').count()).toBe(0);
  });

  it('broke nothing on the way', () => {
    expect(browser.broken).toEqual([]);
  });
});
