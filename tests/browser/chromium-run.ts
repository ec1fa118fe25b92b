/** The system's Chromium for tests: with a profile of its own, told to talk to nobody but us, gone afterwards. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface ChromiumRun {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors of scripts on the page. */
  readonly broken: readonly string[];
  close(): Promise<void>;
}

/** Whether pages cannot be tested here; with SLMM_CI=1 a missing Chromium is a failure, not a skip. `what` names what is not tested then. */
export function isChromiumMissing(what: string): boolean {
  if (existsSync(PROGRAM) || process.env['SLMM_CI'] === '1') return false;
  console.warn(`${what} is not tested: there is no ${PROGRAM}. Install it (apt-get install chromium) to test it.`);
  return true;
}

export async function startChromium(): Promise<ChromiumRun> {
  const profile = mkdtempSync(join(tmpdir(), 'slmm-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: PROGRAM,
    args: ARGUMENTS,
    viewport: { width: 1280, height: 900 },
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const broken: string[] = [];
  page.on('pageerror', (error) => broken.push(error.message));
  const close = async (): Promise<void> => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, page, broken, close };
}

/** Keeps a picture of the whole page in the directory that `SLMM_SCREENSHOTS` names. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const directory = process.env['SLMM_SCREENSHOTS'];
  if (directory !== undefined && directory !== '')
    await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
}
