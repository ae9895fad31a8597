import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./",
  build: {
    // What WebKitGTK of Debian 12, WebView2 and the WebKit of macOS 13 read.
    target: ["safari16.4", "chrome111"],
    // Pictures and fonts stay files: the window's policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // The catalogues stand beside the notifier's own.
  server: { fs: { allow: [".", "../crates/notifier/words"] } },
  preview: {
    // The strictest policy the window may set, so that the tests run under it.
    headers: { "Content-Security-Policy": "default-src 'self'" },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    env: { TZ: "UTC" },
  },
});
