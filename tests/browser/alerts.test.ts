import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChromiumRun, isChromiumMissing, keepPicture, startChromium } from './chromium-run.ts';
import { type DemoRun, LINK, startDemo } from './demo-run.ts';

/** From the rule form to the acknowledgement, over the real programs. `SLMM_SCREENSHOTS` names a directory that keeps pictures of it. */
describe.skipIf(isChromiumMissing(`The alerts' page`))('alerts in a browser', () => {
  let demo: DemoRun;
  let browser: ChromiumRun;
  let page: Page;
  let address: string;
  let control: string;

  beforeAll(async () => {
    demo = await startDemo();
    [, address = ''] = await demo.printed(LINK);
    const [, port = ''] = await demo.printed(/http:\/\/127\.0\.0\.1:(\d+)\/meters\//);
    control = `http://127.0.0.1:${port}/meters/NL43-01/level`;
    await deleteExampleRule(address);
    browser = await startChromium();
    ({ page } = browser);
    page.on('dialog', (dialog) => void dialog.accept());
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  });

  const hold = async (db: number): Promise<void> => {
    const answer = await fetch(control, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ db }),
    });
    expect(answer.status).toBe(200);
  };
  const picture = (name: string): Promise<void> => keepPicture(page, name);

  it('adds a receiver', async () => {
    await hold(50);
    await page.goto(address);
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
    await page.getByRole('link', { name: 'Alerts' }).click();
    await page.getByRole('link', { name: 'Receivers and silences' }).click();
    await page.getByRole('button', { name: 'New receiver' }).click();
    await page.getByLabel('Id', { exact: true }).fill('duty');
    await page.getByRole('combobox', { name: 'Channel' }).selectOption('log');
    await page.getByLabel('Quiet hours').check();
    await picture('alerts-receiver-form');
    await page.getByLabel('Quiet hours').uncheck();
    await page.getByRole('button', { name: 'Add receiver' }).click();
    await page.getByText('(duty)').waitFor();
    await page.getByRole('button', { name: 'Send a test to duty' }).click();
    await page.getByText('log took it: in the log.').waitFor();
    await picture('alerts-people');
  });

  it('writes a rule that was rehearsed before', async () => {
    await page.getByRole('link', { name: 'Rules' }).click();
    await page.getByRole('button', { name: 'New rule' }).click();
    await page.getByLabel('Name').fill('Too loud');
    await page.getByLabel('What is watched').selectOption('lp');
    await page.getByRole('spinbutton', { name: 'Warning' }).fill('80');
    await page.getByRole('spinbutton', { name: 'Alarm' }).fill('90');
    await page.getByLabel('duty').check();
    await page.getByRole('button', { name: 'Rehearse on the last 7 days' }).click();
    await page.getByRole('heading', { name: /It would have fired \d+ times? in the last 7 days/ }).waitFor();
    await page.getByText('The furthest it went:').waitFor();
    await page.getByText('Why it fired, and why not').click();
    await page.getByText('is not over the limit of 80').first().waitFor();
    await picture('alerts-rule-form');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('[data-rule]').getByText('Quiet').waitFor({ timeout: 30_000 });
    await page.locator('[data-rule]').getByText('tells duty').waitFor();
  });

  it('shows the event of a meter that grew loud, in the inbox and in the header', async () => {
    await hold(85);
    await page.locator('[data-unseen="1"]').waitFor({ timeout: 30_000 });
    await page.getByRole('link', { name: 'Inbox' }).click();
    const event = page.locator('[data-event]').first();
    await event.getByText('Warning').waitFor();
    await event.getByText('Not acknowledged').waitFor();
    await picture('alerts-inbox');
  });

  it('tells its story and who was told, and takes an acknowledgement by keyboard', async () => {
    await page.getByRole('link', { name: 'NL43-01: Too loud' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'NL43-01: Too loud' }).waitFor();
    await page.getByText('Delivered').waitFor({ timeout: 30_000 });
    await page.locator('.event-chart svg').waitFor();
    await picture('alerts-event-new');
    await page.setViewportSize({ width: 360, height: 740 });
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      await picture(`phone-alerts-event-${colorScheme}`);
    }
    // Nobody who was just woken should have to look for the button.
    expect((await page.getByRole('button', { name: 'Acknowledge' }).boundingBox())?.y).toBeLessThan(600);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.getByRole('button', { name: 'Acknowledge' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.page-head').getByText('Acknowledged by').waitFor();
    await page.getByLabel('Comment').fill('on my way');
    await page.getByRole('button', { name: 'Add comment' }).click();
    await page.getByText('on my way').waitFor();
    await page.locator('[data-unseen]').waitFor({ state: 'detached', timeout: 15_000 });
    await picture('alerts-event');
  });

  it('shows its end', async () => {
    await hold(50);
    await page.locator('.page-head').getByText('Over').waitFor({ timeout: 30_000 });
  });

  it('fits on a phone without being pushed sideways, in light and dark', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const room of ['alerts', 'alerts/rules', 'alerts/people']) {
        await page.goto(new URL(`/#/${room}`, address).href);
        await page.getByRole('heading', { name: 'Alerts' }).waitFor();
        await page.locator('#main .panel, #main .event').first().waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
        await picture(`phone-${room.replace('/', '-')}-${colorScheme}`);
      }
    }
    await page.goto(new URL('/#/alerts/rules', address).href);
    await page.getByRole('button', { name: 'New rule' }).click();
    await page.getByRole('button', { name: 'Add window' }).click();
    await page.getByLabel('own thresholds').check();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    await picture('phone-alerts-rule-form');
  });

  it('broke nowhere on the way', () => expect(browser.broken).toEqual([]));
});

/** What it finds in the levels of its own would come between the events of the test. */
async function deleteExampleRule(link: string): Promise<void> {
  const headers = { authorization: `Bearer ${new URL(link).searchParams.get('token')}` };
  const answer = await fetch(new URL('/api/v1/rules', link), { headers });
  for (const { rule } of ((await answer.json()) as { rules: { rule: { id: string } }[] }).rules)
    await fetch(new URL(`/api/v1/rules/${rule.id}`, link), { method: 'DELETE', headers });
}
