/** Preferences, settings, the end of the resident, and another language. */
import { WEEKDAY, feed, preferences } from "../src/testing/views";
import type { View } from "../src/generated/View";
import { expect, test } from "./window";

const SETTINGS_PAGE: View = { screen: "settings", back: true };

test("a preference is switched once, and says when it depends on more than a switch can say", async ({ doorbell, page }) => {
  await doorbell.open(preferences());
  await expect(page.getByRole("heading", { name: "Preferences" })).toBeFocused();
  await expect(page.getByRole("switch", { name: "New comment" })).toHaveAccessibleDescription(/Switching it here replaces them/);
  await page.getByRole("switch", { name: "Billing" }).click();
  await page.getByText("In-app feed").click();
  expect(await doorbell.asked()).toEqual([
    { do: "set_preference", kind: "category", key: "billing", on: false },
    { do: "set_preference", kind: "channel_type", key: "in_app_feed", on: false },
  ]);
  await doorbell.show(preferences({ busy: true }));
  await doorbell.forget();
  await page.getByRole("switch", { name: "Product news" }).click({ force: true });
  expect(await doorbell.asked()).toEqual([]);
  await page.keyboard.press("Escape");
  expect(await doorbell.asked()).toEqual([{ do: "back" }]);
});

test("preferences that could not be fetched are asked for again", async ({ doorbell, page }) => {
  await doorbell.open(preferences({ loaded: false, switches: [], problem: "No connection." }));
  await page.getByRole("button", { name: "Try again" }).click();
  expect(await doorbell.asked()).toEqual([{ do: "preferences" }]);
});

test("each setting is set when it is changed", async ({ doorbell, page }) => {
  await doorbell.open(SETTINGS_PAGE);
  await page.getByLabel("Count").selectOption("Unseen");
  await page.getByLabel("Show it as").selectOption("A dot");
  await page.getByLabel("Icon").selectOption("Light, for a dark panel");
  for (const name of ["Start at login", "Show toasts", "Play a sound", "Show pictures of people", "Keep notifications on this computer"]) {
    await page.getByRole("switch", { name }).click();
    await expect(page.getByRole("switch", { name })).not.toBeChecked();
  }
  await page.getByRole("switch", { name: "Keep contents private" }).click();
  await page.getByLabel("Shortcut that opens this window").fill("Super+D");
  await page.getByLabel("Proxy").selectOption("An address");
  await page.getByLabel("Address of the proxy").fill("http://proxy.example.test:3128");
  await page.keyboard.press("Enter");
  await page.getByLabel("Log", { exact: true }).selectOption("Decisions");
  expect(await doorbell.set()).toEqual([
    { key: "badge", value: "unseen" },
    { key: "tray_style", value: "dot" },
    { key: "tray_theme", value: "light" },
    { key: "start_at_login", value: false },
    { key: "toasts", value: false },
    { key: "sound", value: false },
    { key: "avatars", value: false },
    { key: "keep_contents", value: false },
    { key: "private", value: true },
    { key: "shortcut", value: "Super+D" },
    { key: "proxy", value: "http://proxy.example.test:3128" },
    { key: "log_level", value: "debug" },
  ]);
});

test("quiet hours and rules are set, a new rule once something of it was chosen", async ({ doorbell, page }) => {
  await doorbell.open(SETTINGS_PAGE);
  await page.getByRole("switch", { name: "Quiet hours" }).click();
  await page.getByLabel("From").fill("21:30");
  await page.getByLabel("From").blur();
  await page.getByRole("button", { name: "Add a rule" }).click();
  const rule = page.getByRole("group", { name: "Rule 1" });
  await rule.getByLabel("Workflow").fill("daily-digest");
  await rule.getByLabel("Workflow").blur();
  await rule.getByLabel("Tell by").selectOption("Nothing");
  await rule.getByRole("button", { name: "Remove rule 1" }).click();
  await expect(rule).toHaveCount(0);
  expect(await doorbell.set()).toEqual([
    { key: "quiet_hours", value: { from: "22:00", to: "07:00" } },
    { key: "quiet_hours", value: { from: "21:30", to: "07:00" } },
    { key: "rules", value: [{ workflow: "daily-digest", category: null, tell: "badge" }] },
    { key: "rules", value: [{ workflow: "daily-digest", category: null, tell: "ignore" }] },
    { key: "rules", value: [] },
  ]);
});

test("a value that is refused stays to be put right, with the sentence beside it, and a switch goes back", async ({ doorbell, page }) => {
  await doorbell.open(SETTINGS_PAGE, { proxy: "http://old.example.test" });
  await doorbell.refuse("A proxy has a scheme, such as http://");
  await page.getByLabel("Address of the proxy").fill("nonsense");
  await page.getByLabel("Address of the proxy").blur();
  await expect(page.getByLabel("Address of the proxy")).toHaveAccessibleDescription(/A proxy has a scheme/);
  await expect(page.getByLabel("Address of the proxy")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Address of the proxy")).toHaveValue("nonsense");
  await page.getByRole("switch", { name: "Play a sound" }).click();
  await expect(page.getByRole("switch", { name: "Play a sound" })).toBeChecked();
  await expect(page.getByRole("alert")).toContainText("A proxy has a scheme");
});

test("what this system does not offer is not there", async ({ doorbell, page }) => {
  await doorbell.open(SETTINGS_PAGE, { start_at_login: null, shortcut: null });
  await expect(page.getByRole("switch", { name: "Play a sound" })).toBeVisible();
  await expect(page.getByRole("switch", { name: "Start at login" })).toHaveCount(0);
  await expect(page.getByLabel("Shortcut that opens this window")).toHaveCount(0);
});

test("lines of the file that do not hold are told, the file is opened, and diagnostics are copied", async ({ doorbell, page }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await doorbell.open(SETTINGS_PAGE, { complaints: ["Line 4: “loud” is not on or off"] });
  await expect(page.getByRole("alert")).toContainText("Line 4: “loud” is not on or off");
  await page.getByRole("button", { name: "Open the file" }).click();
  await page.getByRole("button", { name: "Copy diagnostics" }).click();
  await expect(page.getByText("Copied. There is no secret in it.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("doorbell 0.1.0\nlinux x86_64");
  expect(await doorbell.called()).toEqual(["open_settings_file", "diagnostics"]);
});

test("where a page may not copy, the diagnostics are shown to be copied by hand", async ({ doorbell, page }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: { writeText: () => Promise.reject(new Error("not allowed")) } }));
  await doorbell.open(SETTINGS_PAGE);
  await page.getByRole("button", { name: "Copy diagnostics" }).click();
  await expect(page.getByRole("textbox", { name: "Diagnostics" })).toHaveValue("doorbell 0.1.0\nlinux x86_64");
});

test("another language is spoken as soon as it is chosen", async ({ doorbell, page }) => {
  await doorbell.open(SETTINGS_PAGE);
  await page.getByLabel("Language").selectOption("Deutsch");
  await expect(page.getByRole("heading", { name: "Einstellungen" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await doorbell.show(feed({ rows: WEEKDAY, counts: { total: 6, unread: 3, unseen: 0, archived: 12 } }));
  await expect(page.getByRole("button", { name: "Ungelesen 3" })).toBeVisible();
  await expect(page.locator("[data-id=comment] time")).toHaveText("3 Min.");
});

test("when the resident ends the window says so, and its next view takes that away", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  await doorbell.tell("gone");
  await expect(page.getByRole("alert")).toContainText("Doorbell has stopped");
  await expect(page.getByRole("list")).toHaveCount(0);
  await doorbell.show(feed({ rows: WEEKDAY }));
  await expect(page.getByText("Deployment 4182")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});
