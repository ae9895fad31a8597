/** What stands above the list: filters, narrowing, search, selection, the menu and its keys. */
import { NOTHING_LEFT_OUT } from "../src/feed/only";
import { WEEKDAY, feed } from "../src/testing/views";
import { expect, test } from "./window";

const only = NOTHING_LEFT_OUT;
const show = { do: "show", filter: "all", only, first: 0, count: 50 };
const FACETS = { tenants: ["acme", "globex"], workflows: ["new-comment", "daily-digest"], categories: [] };

test("a slash opens the search, typing asks once it pauses, and escape ends it", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  await page.keyboard.press("/");
  const field = page.getByRole("textbox", { name: "Search" });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("");
  await page.clock.pauseAt(new Date("2026-03-10T12:30:00Z"));
  await field.pressSequentially("road jr");
  expect(await doorbell.asked()).toEqual([]);
  await page.clock.runFor(200);
  expect(await doorbell.asked()).toEqual([{ ...show, only: { ...only, words: "road jr" } }]);
  await doorbell.show(feed({ rows: WEEKDAY.slice(0, 1), only: { ...only, words: "road jr" } }));
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("road jr");
  await doorbell.forget();
  await page.keyboard.press("Escape");
  expect(await doorbell.asked()).toEqual([show]);
  await doorbell.show(feed({ rows: WEEKDAY }));
  await expect(field).toHaveCount(0);
});

test("a search that is left before it was asked asks nothing", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  await page.keyboard.press("/");
  await page.clock.pauseAt(new Date("2026-03-10T12:30:00Z"));
  await page.keyboard.type("road");
  await page.keyboard.press("Escape");
  await page.clock.runFor(1000);
  expect(await doorbell.asked()).toEqual([]);
  await expect(page.getByRole("textbox", { name: "Search" })).toHaveCount(0);
});

test("what a search does not find can be looked for in older items", async ({ doorbell, page }) => {
  await doorbell.open(feed({ only: { ...only, words: "zebra" }, more: true }));
  await expect(page.getByText("Nothing says “zebra”")).toBeVisible();
  await page.getByRole("button", { name: "Look through older ones" }).click();
  expect(await doorbell.asked()).toEqual([{ do: "more" }]);
});

test("menus to narrow the list are offered where items differ, with names that can be read", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  await expect(page.getByRole("button", { name: "Narrow the list" })).toHaveCount(0);
  await doorbell.show(feed({ rows: WEEKDAY, facets: FACETS }));
  await page.getByRole("button", { name: "Narrow the list" }).click();
  await expect(page.getByLabel("Category")).toHaveCount(0);
  await page.getByLabel("Workflow").selectOption("New comment");
  const narrowed = { ...only, workflow: "new-comment" };
  expect(await doorbell.asked()).toEqual([{ ...show, only: narrowed }]);
  await doorbell.show(feed({ rows: WEEKDAY.slice(0, 2), facets: FACETS, only: narrowed }));
  await page.getByLabel("Tenant").selectOption("globex");
  await page.getByRole("button", { name: "Clear" }).click();
  expect((await doorbell.asked()).slice(1)).toEqual([{ ...show, only: { ...narrowed, tenant: "globex" } }, show]);
});

test("a filter keeps what the list is narrowed to", async ({ doorbell, page }) => {
  const narrowed = { ...only, tenant: "acme" };
  await doorbell.open(feed({ rows: WEEKDAY, facets: FACETS, only: narrowed, counts: { total: 6, unread: 2, unseen: 0, archived: 9 } }));
  await page.getByRole("button", { name: "Read 4" }).click();
  await page.getByRole("button", { name: "Archived 9" }).click();
  expect(await doorbell.asked()).toEqual(["read", "archived"].map((filter) => ({ ...show, filter, only: narrowed })));
});

test("several are selected with keys and clicks, and marked at once", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await expect(page.getByText("1 selected")).toBeVisible();
  await page.getByText("Deployment 4182").click({ modifiers: ["Shift"] });
  await expect(page.getByText("3 selected")).toBeVisible();
  await page.getByText("mentioned you").click();
  await page.getByRole("checkbox", { name: /Tom Lindqvist/ }).uncheck();
  await expect(page.getByText("3 selected")).toBeVisible();
  await expect(page.getByRole("checkbox", { checked: true })).toHaveCount(3);
  await page.getByRole("toolbar").getByRole("button", { name: "Mark read" }).click();
  expect(await doorbell.asked()).toEqual([{ do: "mark", ids: ["comment", "deploy", "mention"], mark: "read" }]);
  await expect(page.getByRole("checkbox")).toHaveCount(0);
});

test("selecting begins in the menu, its keys mean all that is selected, and escape ends it", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Select several…" }).click();
  await expect(page.getByText("None selected")).toBeVisible();
  await expect(page.getByRole("button", { name: "Archive", exact: true }).first()).toBeDisabled();
  await page.getByText("Deployment 4182").click();
  await page.getByText("mentioned you").click({ modifiers: ["Shift"] });
  await page.keyboard.press("e");
  expect(await doorbell.asked()).toEqual([{ do: "mark", ids: ["deploy", "digest", "mention"], mark: "archived" }]);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("toolbar")).toHaveCount(0);
});

test("another filter begins without a selection", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await doorbell.show(feed({ rows: WEEKDAY.slice(0, 3), filter: "unread" }));
  await expect(page.getByRole("toolbar")).toHaveCount(0);
});

test("a row is archived and brought back with e, and z takes back what can be", async ({ doorbell, page }) => {
  const rows = [WEEKDAY[0]!, { ...WEEKDAY[1]!, archived: true }];
  await doorbell.open(feed({ rows }));
  await page.keyboard.press("z");
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await doorbell.show(feed({ rows, undo: "Archived a notification" }));
  await page.keyboard.press("z");
  await page.getByRole("button", { name: "Undo" }).click();
  expect(await doorbell.asked()).toEqual([
    { do: "mark", ids: ["comment"], mark: "archived" },
    { do: "mark", ids: ["invite"], mark: "unarchived" },
    { do: "undo" },
    { do: "undo" },
  ]);
});

test("all can be marked and archived, toasts paused and resumed, and the other pages opened", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  const choose = async (...names: string[]) => {
    await page.getByRole("button", { name: "More" }).click();
    for (const name of names) await page.locator(".panel").getByRole("button", { name, exact: true }).click();
  };
  await choose("Mark all read");
  await choose("Archive all");
  await choose("Pause notifications…", "For 30 minutes");
  await choose("Pause notifications…", "For 1 hour");
  await choose("Pause notifications…", "Until tomorrow");
  await choose("Pause notifications…", "Until I resume");
  await choose("Preferences");
  await choose("Settings");
  await doorbell.show(feed({ rows: WEEKDAY, pause: { until: "2026-03-10T13:30:00Z", quiet_hours: false } }));
  await choose("Resume");
  await expect(page.getByText("Notifications are paused until 14:30.")).toBeVisible();
  await page.locator(".banner").getByRole("button", { name: "Resume" }).click();
  expect(await doorbell.asked()).toEqual([
    { do: "mark_all", mark: "read" },
    { do: "mark_all", mark: "archived" },
    { do: "pause", until: { minutes: 30 } },
    { do: "pause", until: { minutes: 60 } },
    { do: "pause", until: "tomorrow" },
    { do: "pause", until: "resumed" },
    { do: "preferences" },
    { do: "settings" },
    { do: "resume" },
    { do: "resume" },
  ]);
});

test("a question mark shows the keys, and while they are shown the list does not hear any", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  await page.keyboard.press("j");
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(dialog).toBeVisible();
  await page.keyboard.press("e");
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await page.keyboard.press("?");
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(dialog).toHaveCount(0);
  expect(await doorbell.asked()).toEqual([]);
  await expect(page.locator("[data-id=comment] .open")).toBeFocused();
});

test("letters typed into a field are no keys of the list", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY, undo: "Archived a notification" }));
  await page.keyboard.press("/");
  await page.keyboard.type("zerxu?");
  await expect(page.getByRole("textbox", { name: "Search" })).toHaveValue("zerxu?");
  expect((await doorbell.asked()).filter((action) => action.do !== "show")).toEqual([]);
});

for (const [language, names] of [
  ["en", ["All", "Unread", "Read", "Archived"]],
  ["de", ["Alle", "Ungelesen", "Gelesen", "Archiv"]],
] as const) {
  test(`filters and menu share a line however long the counts are, in ${language}`, async ({ doorbell, page }) => {
    await doorbell.open(feed({ rows: WEEKDAY, counts: { total: 123_456, unread: 98_765, unseen: 0, archived: 45_678 } }), { language });
    const more = page.locator(".overflow > button");
    for (const width of [420, 340]) {
      await page.setViewportSize({ width, height: 480 });
      const last = (await more.boundingBox())!;
      for (const name of names) {
        const label = page.locator(".segments").getByText(name, { exact: true });
        const { x, y, width: wide } = (await label.boundingBox())!;
        expect(Math.abs(y + 10 - (last.y + 16)), `${name} at ${width}`).toBeLessThan(6);
        expect(x + wide, `${name} at ${width}`).toBeLessThanOrEqual(last.x);
      }
    }
  });
}
