// A real Chromium, and the page of `react/` on a port of its own: another origin than the emulator's.

import { fileURLToPath } from "node:url";

import { chromium } from "@playwright/test";
import { build, preview } from "vite";

import { within } from "../emulator.js";
import { parsed, written } from "./record.js";

/** How long a page may take for anything, on a machine that has much else to do. */
export const PATIENCE_MS = 60_000;
const root = fileURLToPath(new URL("../react", import.meta.url));

/** Builds the page, serves it and starts the browser. */
export async function startBrowser(outDir) {
  const config = { root, logLevel: "error", configFile: false, build: { outDir, emptyOutDir: true, minify: false } };
  await build(config);
  const server = await preview({ ...config, preview: { host: "127.0.0.1", port: 0 } });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  });
  return {
    /**
     * Opens the page with these query parameters; what it exchanges with the emulator is recorded.
     *
     * `page.joined()` resolves when the page listens to a feed, and does not fetch any more.
     */
    async open(parameters, seen) {
      const context = await browser.newContext({ viewport: { width: 600, height: 800 }, locale: "en-GB" });
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      const exchanges = written();
      const note = (exchange) => {
        exchanges.push(exchange);
        seen.exchange(exchange);
      };
      page.on("response", (response) => void watch(response, parameters.host, note));
      const joined = new Promise((resolve) => {
        page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => isJoin(payload) && resolve()));
      });
      page.joined = async () => {
        await within("the page listens", joined);
        await page.locator("html[data-fetching]").waitFor({ state: "detached" });
      };
      page.on("websocket", (socket) => {
        socket.on("framesent", ({ payload }) => seen.frame("sent", String(payload)));
        socket.on("framereceived", ({ payload }) => seen.frame("received", String(payload)));
      });
      await page.goto(`${server.resolvedUrls.local[0]}?${new URLSearchParams(parameters)}`);
      return page;
    },
    async stop() {
      await browser.close();
      await server.close();
    },
  };
}

function isJoin(payload) {
  const [, , topic, event, { status }] = JSON.parse(String(payload));
  return topic.startsWith("feeds:") && event === "phx_reply" && status === "ok";
}

async function watch(response, host, note) {
  const request = response.request();
  const url = new URL(response.url());
  if (url.origin !== host || request.method() === "OPTIONS") return;
  const text = await response.text().catch(() => undefined);
  if (text === undefined) return; // the page went away meanwhile
  const body = request.postData();
  note({
    method: request.method(),
    path: url.pathname,
    query: url.search,
    request: body ? parsed(body) : undefined,
    status: response.status(),
    response: text === "" ? undefined : parsed(text),
  });
}
