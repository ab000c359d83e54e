import { defineConfig } from '@playwright/test'

const isCI = Boolean(process.env.CI)

// Two projects, run one after the other by `npm test`: frames are only worth
// measuring while nothing else runs.
export default defineConfig({
  testDir: '.',
  timeout: 180_000,
  expect: { timeout: 30_000 },
  fullyParallel: true,
  forbidOnly: isCI,
  // A test that passes only the second time is reported as flaky.
  retries: isCI ? 1 : 0,
  workers: 2,
  reporter: [['list']],
  use: {
    // Requests pass through no worker, so that tests see all of them; offline.spec.ts has one.
    serviceWorkers: 'block',
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1440, height: 900 },
    actionTimeout: 30_000,
    navigationTimeout: 60_000,
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'app', testIgnore: 'scale.spec.ts', outputDir: 'test-results/app' },
    { name: 'scale', testMatch: 'scale.spec.ts', outputDir: 'test-results/scale' },
  ],
})
