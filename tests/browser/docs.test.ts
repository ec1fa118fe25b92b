import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHubSettings, type RunningHub, startHub } from '@slmm/hub';
import { createLogger } from '@slmm/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChromiumRun, isChromiumMissing, keepPicture, startChromium } from './chromium-run.ts';

const ADMIN = 'admin-token-of-the-docs';

/** `SLMM_SCREENSHOTS` names a directory that keeps a picture of it. */
describe.skipIf(isChromiumMissing('The page at /docs'))('the page at /docs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slmm-docs-'));
  let hub: RunningHub;
  let browser: ChromiumRun;
  let base = '';
  beforeAll(async () => {
    const read = readHubSettings(['--data-dir', folder, '--http-port', '0'], { SLMM_ADMIN_TOKEN: ADMIN });
    if (read.kind !== 'ok') throw new Error(JSON.stringify(read));
    hub = await startHub({ ...read.settings, mqttPort: 'ephemeral' }, { log: createLogger('docs', 'silent') });
    base = `http://127.0.0.1:${hub.httpPort}`;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows every operation, finds one by words, sends it, and asks nobody but the hub', async () => {
    const { page, broken } = browser;
    const wrong: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(base) && !request.url().startsWith('data:')) wrong.push(request.url());
    });
    await page.goto(`${base}/docs`);
    const operations = page.locator('.operation');
    await operations.first().waitFor();
    const api = (await (await fetch(`${base}/openapi.json`)).json()) as { paths: Record<string, object> };
    expect(await operations.count()).toBe(Object.values(api.paths).flatMap((methods) => Object.keys(methods)).length);

    await page.fill('#find', 'post roster');
    const shown = page.locator('.operation:visible');
    expect(await shown.count()).toBe(1);
    await shown.click();
    await page.getByLabel('Body').fill('{"unit_id": "NL43-01", "host": "meter", "tcp_port": 0}');
    await page.fill('#token', ADMIN);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Port must be between 1 and 65535').waitFor();
    await keepPicture(page, 'docs');
    expect([...wrong, ...broken]).toEqual([]);
  });
});
