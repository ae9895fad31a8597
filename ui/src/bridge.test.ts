import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { emit } from "@tauri-apps/api/event";
import { afterEach, expect, test } from "vitest";

import { bridge } from "./bridge";
import type { View } from "./generated/View";
import { signedOut } from "./testing/views";

afterEach(clearMocks);

test("an action travels under its name", async () => {
  const calls: unknown[] = [];
  mockIPC((command, payload) => void calls.push([command, payload]));
  await bridge.act({ do: "open", id: "a" });
  await bridge.ready();
  await bridge.settings();
  await bridge.set({ key: "sound", value: false });
  await bridge.openSettingsFile();
  await bridge.diagnostics();
  expect(calls).toEqual([
    ["act", { action: { do: "open", id: "a" } }],
    ["ready", {}],
    ["settings", {}],
    ["set", { change: { key: "sound", value: false } }],
    ["open_settings_file", {}],
    ["diagnostics", {}],
  ]);
});

test("views and the end are told until the listener stops", async () => {
  mockIPC(() => {}, { shouldMockEvents: true });
  const views: View[] = [];
  let ends = 0;
  const stop = await bridge.onView((view) => views.push(view));
  await bridge.onGone(() => (ends += 1));
  await emit("view", signedOut());
  await emit("gone", null);
  stop();
  await emit("view", signedOut());
  expect(views).toEqual([signedOut()]);
  expect(ends).toBe(1);
});
