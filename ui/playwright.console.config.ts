/** The emulator's console in a browser: `npm run console`, after `cargo build --bins`. */
import { defineConfig } from "@playwright/test";

import base from "./playwright.config";

const port = Number(process.env.DOORBELL_CONSOLE_PORT ?? 4757);
const emulator = process.env.DOORBELL_EMULATOR ?? "../target/debug/doorbell-emulator";

export default defineConfig({
  ...base,
  testDir: "console",
  // They share one environment.
  fullyParallel: false,
  workers: 1,
  webServer: {
    command: `${emulator} --port ${port} --seed 1`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
  },
  use: { ...base.use, baseURL: `http://127.0.0.1:${port}/`, viewport: { width: 1440, height: 900 } },
});
