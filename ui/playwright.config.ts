import { defineConfig } from "@playwright/test";

const port = Number(process.env.DOORBELL_UI_PORT ?? 4173);

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results/runs",
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  // Drawn by Debian's Chromium with DejaVu. `DOORBELL_REDRAW=1 npm run e2e` draws them anew; look at them before committing.
  snapshotPathTemplate: "{testDir}/golden/{arg}{ext}",
  updateSnapshots: process.env.DOORBELL_REDRAW ? "all" : "none",
  expect: { toHaveScreenshot: { animations: "disabled", maxDiffPixelRatio: 0.002 } },
  reporter: [["list"]],
  webServer: {
    command: `node_modules/.bin/vite preview --host 127.0.0.1 --port ${port} --strictPort`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
  },
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    viewport: { width: 420, height: 640 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
