import { act as settle, cleanup, render, screen, waitFor } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import type { Bridge } from "../bridge";
import type { SettingChange } from "../generated/SettingChange";
import type { SettingsView } from "../generated/SettingsView";
import { bridgeOf, recorder } from "../testing/stage";
import { SETTINGS } from "../testing/views";
import { Settings } from "./settings";

afterEach(cleanup);

async function stage(settings: Partial<SettingsView> = {}, changes: Partial<Bridge> = {}) {
  const set: SettingChange[] = [];
  const now = { ...SETTINGS, ...settings };
  const bridge = bridgeOf({
    settings: async () => now,
    set: async (change) => (set.push(change), Object.assign(now, { [change.key]: change.value })),
    ...changes,
  });
  const { actions, act } = recorder();
  const speak = vi.fn();
  await settle(async () => void render(<Settings back act={act} bridge={bridge} speak={speak} lost={null} />));
  return { set, actions, speak, user: userEvent.setup() };
}

test("a switch shows its new place at once, before Doorbell has answered", async () => {
  let answer = (_: SettingsView) => {};
  const { user } = await stage({}, { set: () => new Promise((resolve) => (answer = resolve)) });
  await user.click(screen.getByRole("switch", { name: "Play a sound" }));
  expect(screen.getByRole<HTMLInputElement>("switch", { name: "Play a sound" }).checked).toBe(false);
  await settle(async () => answer({ ...SETTINGS, sound: false }));
  expect(screen.getByRole<HTMLInputElement>("switch", { name: "Play a sound" }).checked).toBe(false);
});

test("a switch that is refused goes back, with the sentence", async () => {
  const { user } = await stage({}, { set: () => Promise.reject("The file is read-only") });
  await user.click(screen.getByRole("switch", { name: "Play a sound" }));
  await waitFor(() => expect(screen.getByRole("alert").textContent).toBe("The file is read-only."));
  expect(screen.getByRole<HTMLInputElement>("switch", { name: "Play a sound" }).checked).toBe(true);
});

test("a line of text is set when it is left, once, and not when nothing changed", async () => {
  const { set, user } = await stage();
  await user.selectOptions(screen.getByLabelText("Proxy"), "given");
  await user.type(screen.getByLabelText("Address of the proxy"), "http://a.test");
  expect(set).toEqual([]);
  await user.keyboard("{Enter}");
  await user.tab();
  await user.click(screen.getByLabelText("Address of the proxy"));
  await user.tab();
  expect(set).toEqual([{ key: "proxy", value: "http://a.test" }]);
});

test("the proxy of the system, or none, is set at once, and an address is shown when one is set", async () => {
  const { set, user } = await stage({ proxy: "http://a.test" });
  expect(screen.getByLabelText<HTMLInputElement>("Address of the proxy").value).toBe("http://a.test");
  await user.selectOptions(screen.getByLabelText("Proxy"), "none");
  expect(screen.queryByLabelText("Address of the proxy")).toBeNull();
  expect(set).toEqual([{ key: "proxy", value: "none" }]);
});

test("the language that was set is spoken", async () => {
  const { speak, user } = await stage();
  await user.selectOptions(screen.getByLabelText("Language"), "de");
  await waitFor(() => expect(speak).toHaveBeenLastCalledWith("de"));
});

test("rules are changed one by one, those for every item too, and a new one counts once something of it was chosen", async () => {
  const all = { workflow: null, category: null, tell: "badge" as const };
  const { set, user } = await stage({ rules: [all] });
  await user.click(screen.getByRole("button", { name: "Add a rule" }));
  expect(set).toEqual([]);
  await user.type(screen.getAllByLabelText("Category")[1]!, "billing{Enter}");
  await waitFor(() => expect(screen.getByRole<HTMLButtonElement>("button", { name: "Add a rule" }).disabled).toBe(false));
  await user.selectOptions(screen.getAllByLabelText("Tell by")[0]!, "ignore");
  await user.click(screen.getByRole("button", { name: "Remove rule 1" }));
  const billing = { workflow: null, category: "billing", tell: "badge" };
  expect(set.map(({ value }) => value)).toEqual([[all, billing], [{ ...all, tell: "ignore" }, billing], [billing]]);
});

test("quiet hours are taken away with their switch", async () => {
  const { set, user } = await stage({ quiet_hours: { from: "22:00", to: "07:00" } });
  await user.click(screen.getByRole("switch", { name: "Quiet hours" }));
  expect(set).toEqual([{ key: "quiet_hours", value: null }]);
  expect(screen.queryByLabelText("From")).toBeNull();
});

test("settings that cannot be read are asked for again", async () => {
  let broken = true;
  const { user } = await stage(
    {},
    { settings: () => (broken ? Promise.reject("the door is closed") : Promise.resolve(SETTINGS)) },
  );
  expect(screen.getByRole("alert").textContent).toContain("could not be read (the door is closed)");
  broken = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("switch", { name: "Play a sound" })).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a file that cannot be opened is told, and diagnostics that do not come too", async () => {
  const { user } = await stage(
    {},
    { openSettingsFile: () => Promise.reject("no editor"), diagnostics: () => Promise.reject("the door is closed") },
  );
  await user.click(screen.getByRole("button", { name: "Open the file" }));
  expect(await screen.findByText("The file could not be opened (no editor).")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Copy diagnostics" }));
  expect(await screen.findByText(/did not reach Doorbell \(the door is closed\)/)).toBeTruthy();
});

test("what is changed by hand in the file shows at once", async () => {
  let tell = (_: SettingsView) => {};
  await stage({}, { onSettings: async (told) => ((tell = told), () => {}) });
  await settle(async () => tell({ ...SETTINGS, sound: !SETTINGS.sound }));
  expect(screen.getByRole<HTMLInputElement>("switch", { name: "Play a sound" }).checked).toBe(!SETTINGS.sound);
});
