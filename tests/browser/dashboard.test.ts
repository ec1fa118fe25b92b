import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChromiumRun, isChromiumMissing, keepPicture, startChromium } from './chromium-run.ts';
import { type DemoRun, LINK, startDemo } from './demo-run.ts';

const UNITS = ['NL43-01', 'NL43-02', 'NL43-03'];

/** The page as the person on duty has it, over the real programs. `SLMM_SCREENSHOTS` names a directory that keeps pictures of it. */
describe.skipIf(isChromiumMissing('The page'))('the dashboard in a browser', () => {
  let demo: DemoRun;
  let browser: ChromiumRun;
  let page: Page;
  let address: string;
  const complaints: string[] = [];
  const outside: string[] = [];

  beforeAll(async () => {
    demo = await startDemo();
    [, address = ''] = await demo.printed(LINK);
    browser = await startChromium();
    ({ page } = browser);
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (new URL(request.url()).hostname !== '127.0.0.1') outside.push(request.url());
    });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  });

  const level = (unit: string) => page.locator(`[data-unit="${unit}"] [data-level="lp"]`);
  const picture = (name: string): Promise<void> => keepPicture(page, name);

  it('asks a stranger to sign in and shows nothing', async () => {
    const stranger = await browser.context.browser()?.newContext();
    const strange = await (stranger ?? browser.context).newPage();
    await strange.goto(new URL('/', address).href);
    await strange.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await strange.locator('[data-unit]').count()).toBe(0);
    await strange.close();
  });

  it('signs in by the printed link and keeps the token out of the address', async () => {
    await page.goto(address);
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
    expect(page.url()).not.toContain('token');
  });

  it.each(UNITS)('shows live levels of %s that change', async (unit) => {
    await level(unit).waitFor();
    const first = await level(unit).textContent();
    expect(first).toMatch(/^−?\d+\.\d/);
    await expect.poll(() => level(unit).textContent(), { timeout: 15_000 }).not.toBe(first);
  });

  it('says that all is well and shows the trend', async () => {
    await page.getByText('3 units, all well.').waitFor({ timeout: 30_000 });
    await page.locator('[data-unit="NL43-01"] .trend path').first().waitFor();
    await picture('fleet');
  });

  it('can be used by keyboard alone', async () => {
    await page.getByRole('link', { name: 'NL43-02' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'NL43-02', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Fleet', exact: true }).click();
    await page.getByRole('heading', { name: 'Fleet' }).waitFor();
  });

  it('opens a unit with a chart that begins with the past and goes on live', async () => {
    await page.goto(new URL('/#/unit/NL43-01', address).href);
    // A fresh page has no live frames of its own yet: what it counts at once comes from the history.
    await page.reload();
    await page.getByRole('heading', { name: 'NL43-01', level: 1 }).waitFor();
    await page.locator('.chart canvas').waitFor();
    const frames = async (): Promise<number> =>
      Number(/(\d+) frames/.exec((await page.locator('.chart-foot').textContent()) ?? '')?.[1] ?? Number.NaN);
    await expect.poll(frames, { timeout: 15_000 }).toBeGreaterThan(5);
    const before = await frames();
    await expect.poll(frames, { timeout: 15_000 }).toBeGreaterThan(before + 1);
    expect(await page.locator('.levels tr').count()).toBe(10);
    await picture('unit');
  });

  it('stops a measurement when told so, says what the meter answered, and starts it again', async () => {
    await page.goto(new URL('/#/unit/NL43-03', address).href);
    await page.getByRole('heading', { name: 'NL43-03', level: 1 }).waitFor();
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.locator('.commands').getByText('confirmed: Stop').waitFor();
    await page.getByText('Stopped', { exact: true }).waitFor({ timeout: 15_000 });
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.locator('.commands').getByText('confirmed: Start').waitFor();
    await page.getByText('Measuring', { exact: true }).waitFor({ timeout: 15_000 });
    await picture('control');
  });

  it('enrols an edge, shows its secret once, and adds a unit to it', async () => {
    await page.getByRole('link', { name: 'Set-up' }).click();
    await page.locator('[data-edge="demo"]').getByText('All well.').waitFor();
    await page.getByLabel('New edge').fill('site-7');
    await page.getByRole('button', { name: 'Enrol edge' }).click();
    await page.getByText('The secret of edge site-7 is not shown again.').waitFor();
    expect(await page.locator('.secret pre').textContent()).toMatch(/SLMM_MQTT_PASSWORD='[\w-]{20,}'/);
    await page.locator('[data-edge="site-7"]').getByText('Never seen.').waitFor();
    await page.getByRole('button', { name: 'Add a unit' }).click();
    await page.getByLabel('Unit id').fill('NL43-07');
    await page.getByLabel('Address on').fill('not a host');
    await page.getByRole('combobox', { name: 'Edge' }).selectOption('site-7');
    await page.getByRole('button', { name: 'Add unit' }).click();
    await page.getByText('Host must be a valid IP address or hostname').waitFor();
    await page.getByLabel('Address on').fill('192.168.1.17');
    await picture('setup');
    await page.getByRole('button', { name: 'Add unit' }).click();
    await page.locator('[data-setup="NL43-07"]').getByText('192.168.1.17:2255 by edge site-7').waitFor();
    await page.reload();
    await page.locator('[data-edge="site-7"]').waitFor();
    expect(await page.getByText('is not shown again').count()).toBe(0);
  });

  it('changes a unit and takes it away again', async () => {
    const unit = page.locator('[data-setup="NL43-07"]');
    await unit.getByRole('button', { name: 'Change NL43-07' }).click();
    await unit.getByRole('combobox', { name: 'Source' }).selectOption('drd');
    await unit.getByRole('button', { name: 'Save' }).click();
    await unit.getByText('10 Hz stream (DRD)').waitFor();
    page.once('dialog', (dialog) => void dialog.accept());
    await unit.getByRole('button', { name: 'Change NL43-07' }).click();
    await unit.getByRole('button', { name: 'Remove unit' }).click();
    await unit.waitFor({ state: 'detached' });
  });

  it('fits on a phone without being pushed sideways, in light and dark', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [hash, name] of [
        ['#/', 'fleet'],
        ['#/unit/NL43-01', 'unit'],
        ['#/setup', 'setup'],
      ] as const) {
        await page.goto(new URL(`/${hash}`, address).href);
        await page.locator('[data-level="lp"], [data-setup]').first().waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
        await picture(`phone-${name}-${colorScheme}`);
      }
    }
  });

  it('says when the hub is gone and that it tries again', async () => {
    await demo.close();
    await page.getByText('No connection to the hub.').waitFor({ timeout: 20_000 });
    await picture('hub-gone');
  });

  it('asked nobody but the hub, and nothing broke on the way', () => {
    expect(outside).toEqual([]);
    const expected = /ERR_CONNECTION_REFUSED|WebSocket connection|status of (401|422)/;
    expect(complaints.filter((text) => !expected.test(text))).toEqual([]);
  });
});
