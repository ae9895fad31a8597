/** The list in a real browser: layout, scrolling, the keyboard, what is on the screen. */
import { NOTHING_LEFT_OUT } from "../src/feed/only";
import { ACCOUNT, BATCH, HARD_WORDS, LINKS, OTHER, WEEKDAY, feed, row, rowsOf } from "../src/testing/views";
import { expect, test } from "./window";

test("one click asks for one thing", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  const list = page.getByRole("list", { name: "Notifications" });
  await list.getByText("Deployment 4182").click();
  await list.getByText("Q2 roadmap").click();
  await page.getByRole("button", { name: "Accept" }).click();
  await list.getByRole("listitem").nth(0).getByRole("button", { name: "Mark read" }).click();
  await list.getByRole("listitem").nth(3).getByRole("button", { name: "Mark unread" }).click();
  await page.getByRole("button", { name: "Mark all read" }).click();
  await page.getByRole("button", { name: "Unread 3" }).click();
  expect(await doorbell.asked()).toEqual([
    { do: "open", id: "deploy" },
    { do: "follow", id: "comment", link: 0 },
    { do: "press", id: "invite", button: 0 },
    { do: "mark", ids: ["comment"], mark: "read" },
    { do: "mark", ids: ["digest"], mark: "unread" },
    { do: "mark_all", mark: "read" },
    { do: "show", filter: "unread", only: NOTHING_LEFT_OUT, first: 0, count: 50 },
  ]);
});

test("rows are walked, opened and marked from the keyboard", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  const items = page.getByRole("listitem");
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  await expect(items.nth(1).getByRole("button", { name: /^Unread: Tom/ })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("r");
  await page.keyboard.press("u");
  await page.keyboard.press("End");
  await page.keyboard.press("u");
  await page.keyboard.press("k");
  await expect(items.nth(4).getByRole("button", { name: /^Mei Chen/ })).toBeFocused();
  expect(await doorbell.asked()).toEqual([
    { do: "open", id: "invite" },
    { do: "mark", ids: ["invite"], mark: "read" },
    { do: "mark", ids: ["welcome"], mark: "unread" },
  ]);
});

test("each link in the words is followed by itself, with the pointer and the keyboard", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: [WEEKDAY[0]!, LINKS] }));
  await page.getByRole("link", { name: "Three" }).click();
  await page.getByRole("link", { name: "One" }).focus();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Two" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.getByText("none").click();
  expect(await doorbell.asked()).toEqual([
    { do: "follow", id: "links", link: 2 },
    { do: "follow", id: "links", link: 1 },
    { do: "open", id: "links" },
  ]);
});

test("everything is reached with the tab key, and of the rows one at a time", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY.slice(1), notice: "Something was refused." }));
  const names: string[] = [];
  for (let turn = 0; turn < 13; turn++) {
    await page.keyboard.press("Tab");
    names.push(await page.evaluate(() => (document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "").trim()));
  }
  expect(names).toEqual([
    "Search",
    "Mark all read",
    "All 5",
    "Unread 2",
    "Read 3",
    "Archived",
    "More",
    "Unread: Tom Lindqvist invites you to Berlin office",
    "Mark read",
    "Accept",
    "Decline",
    "Archive",
    "Dismiss",
  ]);
});

test("a row that goes away hands the focus to its neighbour", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await doorbell.show(feed({ rows: WEEKDAY.filter((row) => row.id !== "invite") }));
  await expect(page.getByRole("button", { name: /^Unread: Deployment/ })).toBeFocused();
});

test("at the top new rows appear", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: rowsOf(30) }));
  await doorbell.show(feed({ rows: [...rowsOf(2, "new"), ...rowsOf(30)] }));
  await expect(page.getByRole("listitem").first()).toBeInViewport();
  await expect(page.getByRole("button", { name: /new$/ })).toHaveCount(0);
  await expect(page.locator(".arrives")).toHaveCount(2);
  await doorbell.show(feed({ rows: [...rowsOf(2, "new"), ...rowsOf(30)] }));
  await expect(page.locator(".arrives")).toHaveCount(0);
});

test("away from the top new rows move nothing and wait behind a pill", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: rowsOf(30) }));
  await page.locator(".scroller").evaluate((box) => (box.scrollTop = 300));
  const read = page.locator("[data-id=r9]");
  const before = await read.boundingBox();
  await doorbell.show(feed({ rows: [...rowsOf(3, "new"), ...rowsOf(30)] }));
  await expect(page.getByRole("button", { name: "3 new" })).toBeVisible();
  expect((await read.boundingBox())!.y).toBeCloseTo(before!.y, 0);
  await page.screenshot({ path: "test-results/pictures/feed-news-light.png" });
  await page.getByRole("button", { name: "3 new" }).click();
  await expect(page.getByRole("listitem").first()).toBeInViewport();
  await expect(page.getByRole("button", { name: "3 new" })).toHaveCount(0);
});

test("nothing moves under the pointer, at the top neither", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: rowsOf(30) }));
  const pointed = page.locator("[data-id=r3]");
  await pointed.hover();
  const before = await pointed.boundingBox();
  await doorbell.show(feed({ rows: [...rowsOf(1, "new"), ...rowsOf(30)] }));
  await expect(page.getByRole("button", { name: "1 new" })).toBeVisible();
  expect((await pointed.boundingBox())!.y).toBeCloseTo(before!.y, 0);
});

test("nothing moves under the pointer in a list too short to be scrolled", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: rowsOf(3) }));
  const pointed = page.locator("[data-id=r2]");
  await pointed.hover();
  const before = await pointed.boundingBox();
  await doorbell.show(feed({ rows: [...rowsOf(2, "new"), ...rowsOf(3)] }));
  await expect(page.getByRole("button", { name: "2 new" })).toBeVisible();
  expect((await pointed.boundingBox())!.y).toBeCloseTo(before!.y, 0);
  await page.getByRole("button", { name: "2 new" }).click();
  await expect(page.locator("[data-id=new1]")).toBeInViewport();
  await expect.poll(() => page.locator(".scroller").evaluate((box) => box.scrollHeight - box.clientHeight)).toBe(0);
});

test("what appears under the pointer is a button of its own: it does not open the row", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: [...WEEKDAY.slice(3, 4), ...WEEKDAY.slice(4, 5).map((row) => ({ ...row, archived: true }))] }));
  const items = page.getByRole("listitem");
  await items.nth(0).hover();
  await items.nth(0).getByRole("button", { name: "Archive" }).click();
  await items.nth(0).getByTitle("Mark unread").nth(1).click();
  await items.nth(1).hover();
  await items.nth(1).getByRole("button", { name: "Take out of the archive" }).click();
  expect(await doorbell.asked()).toEqual([
    { do: "mark", ids: ["digest"], mark: "archived" },
    { do: "mark", ids: ["digest"], mark: "unread" },
    { do: "mark", ids: ["mention"], mark: "unarchived" },
  ]);
});

test("a batched item unfolds in place, opens nothing, and says what was not sent", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: [BATCH, ...WEEKDAY] }));
  const fold = page.getByRole("button", { name: "Show 5 updates" });
  await fold.click();
  const updates = page.getByRole("list", { name: "What it is made of" });
  await expect(updates.getByRole("listitem")).toHaveCount(4);
  await expect(updates).toContainText("Tom Lindqvist Fine with me");
  await expect(updates).toContainText("and 2 more");
  await updates.getByText("Fine with me").click();
  await page.getByRole("button", { name: "Hide updates" }).click();
  await expect(updates).toBeHidden();
  expect(await doorbell.asked()).toEqual([]);
});

test("a picture of a person is shown where it loads, and initials where it does not", async ({ doorbell, page }) => {
  await page.route("**/avatars/ada", (route) => route.fulfill({ path: "public/mark.svg", contentType: "image/svg+xml" }));
  await page.route("**/avatars/broken", (route) => route.fulfill({ body: "no picture", contentType: "image/png" }));
  const person = (picture: string) => ({ name: "Ada Okafor", initials: "AO", picture });
  await doorbell.open(feed({ rows: [row({ id: "a", actor: person("/avatars/ada") }), row({ id: "b", actor: person("/avatars/broken") })] }));
  await expect(page.locator("[data-id=a] .avatar img")).toBeVisible();
  await expect(page.locator("[data-id=b] .avatar")).toHaveText("AO");
});

test("a time says in full when it was, under the pointer and to machines", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  const time = page.locator("[data-id=comment] time");
  await expect(time).toHaveText("3 min");
  await expect(time).toHaveAttribute("title", /^Tuesday,? 10 March 2026 at 12:57$/);
  await expect(time).toHaveAttribute("datetime", "2026-03-10T11:57:00Z");
});

test("what shows on hover and focus moves nothing", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: WEEKDAY }));
  const places = () => page.getByRole("listitem").evaluateAll((items) => items.map((item) => item.getBoundingClientRect().top));
  const before = await places();
  await page.getByText("mentioned you").hover();
  expect(await places()).toEqual(before);
});

test("a row that keys led to shows its whole text, and a click elsewhere finds what it was aimed at", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: [row({ id: "long", blocks: [{ type: "text", text: "many words ".repeat(60) }] }), ...rowsOf(5)] }));
  await page.keyboard.press("j");
  await expect.poll(async () => (await page.locator(".words").first().boundingBox())!.height).toBeGreaterThan(100);
  const before = (await page.locator("[data-id=r2]").boundingBox())!.y;
  await page.getByText("Item r2", { exact: true }).click();
  expect((await page.locator("[data-id=r2]").boundingBox())!.y).toBe(before);
  expect(await doorbell.asked()).toEqual([{ do: "open", id: "r2" }]);
});

test("opened, no word of an item is cut off, in whatever script", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: HARD_WORDS }));
  for (const words of await page.locator(".words").all()) {
    await words.click();
    await expect.poll(() => words.evaluate((box) => [box.scrollHeight - box.clientHeight, box.scrollWidth - box.clientWidth])).toEqual([0, 0]);
  }
});

test("an item shows three lines until it is opened", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: [row({ id: "long", blocks: [{ type: "text", text: "many words ".repeat(60) }] })] }));
  const words = page.locator(".words");
  expect((await words.boundingBox())!.height).toBe(60);
  await words.click();
  await expect.poll(async () => (await words.boundingBox())!.height).toBeGreaterThan(100);
});

test("rows on the screen are reported as seen, those below only when they come up", async ({ doorbell, page }) => {
  const rows = rowsOf(40).map((row) => ({ ...row, unseen: true }));
  await doorbell.open(feed({ rows }));
  const seen = async () => (await doorbell.all()).flatMap((action) => (action.do === "seen" ? action.ids : []));
  await doorbell.show(feed({ rows: rows.map((row) => ({ ...row, id: `again-${row.id}` })) }));
  await expect.poll(seen).toContain("again-r5");
  expect(await seen()).not.toContain("again-r40");
  await page.locator(".scroller").evaluate((box) => (box.scrollTop = box.scrollHeight));
  await expect.poll(seen).toContain("again-r40");
  const all = await seen();
  expect(new Set(all).size).toBe(all.length);
});

test("a highlighted row far down is brought into view", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: rowsOf(50) }));
  await doorbell.show(feed({ rows: rowsOf(50), highlight: "r40" }));
  await expect(page.locator("[data-id=r40]")).toBeInViewport();
});

test("with reduced motion nothing moves by itself", async ({ doorbell, page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await doorbell.open(feed({ rows: rowsOf(3) }));
  await doorbell.show(feed({ rows: [...rowsOf(1, "new"), ...rowsOf(3)] }));
  const moving = page.locator("[data-id=new1]").evaluate((item) => item.getAnimations().filter((a) => Number(a.effect?.getTiming().duration) > 0).length);
  expect(await moving).toBe(0);
});

test("two accounts: the other one's list is shown from its top, and asked in", async ({ doorbell, page }) => {
  const accounts = [ACCOUNT, OTHER];
  await doorbell.open(feed({ rows: rowsOf(30), accounts }));
  await page.locator(".scroller").evaluate((box) => (box.scrollTop = 300));
  await page.getByRole("button", { name: /Choose another feed$/ }).click();
  await page.getByRole("button", { name: /^Everything/ }).click();
  const show = { do: "show", filter: "all", only: NOTHING_LEFT_OUT, first: 0, count: 50 };
  expect(await doorbell.placed()).toContainEqual({ do: "in", account: OTHER.id, feed: 0, action: show });
  await doorbell.show(feed({ rows: rowsOf(30, "theirs"), accounts, account: OTHER.id, user: OTHER.user }));
  await expect(page.getByRole("listitem").first()).toBeInViewport();
  await expect(page.getByRole("button", { name: /new$/ })).toHaveCount(0);
  await doorbell.forget();
  await page.getByText("Item theirs2", { exact: true }).click();
  expect(await doorbell.placed()).toEqual([{ do: "in", account: OTHER.id, feed: 0, action: { do: "open", id: "theirs2" } }]);
});
