/** A long list: what is drawn, what is asked for, and that nothing jumps. */
import type { Page } from "@playwright/test";

import { NOTHING_LEFT_OUT } from "../src/feed/only";
import { feed, feedView, row, rowsOf } from "../src/testing/views";
import { expect, test } from "./window";

const only = NOTHING_LEFT_OUT;
const scroll = (page: Page, to: number) => page.locator(".scroller").evaluate((box, to) => void (box.scrollTop = to < 0 ? box.scrollHeight : to), to);
const top = async (page: Page, id: string) => (await page.locator(`[data-id=${id}]`).boundingBox())!.y;

test("ten thousand rows are scrolled through, and never more than a few are drawn", async ({ doorbell, page }) => {
  await doorbell.open(feed());
  await doorbell.serve(feedView({ rows: [row({ id: "any" })], counts: { total: 10_000, unread: 0, unseen: 0, archived: 0 } }), 10_000);
  await expect(page.locator("[data-id=row-1]")).toBeInViewport();
  await page.locator(".scroller").hover();
  for (let turn = 0; turn < 20; turn++) await page.mouse.wheel(0, 900);
  await expect(page.locator("li[data-id]").nth(10)).toBeInViewport();
  await scroll(page, 400_000);
  await expect(page.locator("li[data-id]").nth(10)).toBeInViewport();
  await scroll(page, -1);
  await expect(page.locator("[data-id=row-10000]")).toBeInViewport();
  expect(await page.locator("li").count()).toBeLessThan(60);
  await scroll(page, 0);
  await expect(page.locator("[data-id=row-1]")).toBeInViewport();
  const shows = (await doorbell.asked()).filter((action) => action.do === "show");
  expect(Math.max(...shows.map(({ count }) => count))).toBeLessThanOrEqual(200);
  expect(shows.length).toBeLessThan(40);
});

test("the end of ten thousand rows is one key away, and the focus goes there", async ({ doorbell, page }) => {
  await doorbell.open(feed());
  await doorbell.serve(feedView({ rows: [row({ id: "any" })] }), 10_000);
  await page.keyboard.press("j");
  await page.keyboard.press("End");
  await expect(page.locator("[data-id=row-10000] .open")).toBeFocused();
  await expect(page.locator("[data-id=row-10000]")).toBeInViewport();
  await page.keyboard.press("k");
  await expect(page.locator("[data-id=row-9999] .open")).toBeFocused();
  await page.keyboard.press("Home");
  await expect(page.locator("[data-id=row-1] .open")).toBeFocused();
});

test("each row says which of how many it is", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: rowsOf(200).slice(100, 150), first: 100, length: 500 }));
  await scroll(page, 76 * 110);
  const third = page.locator("[data-index='110']");
  await expect(third).toHaveAttribute("aria-posinset", "111");
  await expect(third).toHaveAttribute("aria-setsize", "500");
});

test("rows scroll by smoothly: what was read stays where it is while the rows around it are sent", async ({ doorbell, page }) => {
  await doorbell.open(feed());
  await doorbell.serve(feedView({ rows: [row({ id: "any" })] }), 2_000);
  await scroll(page, 40_000);
  const drawn = page.locator("li[data-id]");
  await expect(drawn.nth(12)).toBeInViewport();
  const id = (await drawn.nth(12).getAttribute("data-id"))!;
  const before = await top(page, id);
  const first = Number(id.slice(4)) - 60;
  const { rows } = await page.evaluate(() => ({ rows: window.side.list!.view.rows }));
  const text = (index: number) => [{ type: "text" as const, text: `Item ${index} ${"and more words ".repeat((index - 1) % 9)}` }];
  const range = Array.from({ length: 120 }, (_, index) => ({ ...rows[0]!, id: `row-${first + index + 1}`, blocks: text(first + index + 1) }));
  await doorbell.show(feed({ rows: range, first, length: 2_000 }));
  expect(Math.abs((await top(page, id)) - before)).toBeLessThan(2);
});

test("scrolling to the end asks for the next rows, then for older ones from the server", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: rowsOf(50), length: 500 }));
  await scroll(page, 76 * 40);
  await expect.poll(() => doorbell.asked()).toEqual([{ do: "show", filter: "all", only, first: expect.any(Number), count: expect.any(Number) }]);
  await doorbell.show(feed({ rows: rowsOf(50), length: 50, more: true }));
  await scroll(page, -1);
  await expect.poll(() => doorbell.asked()).toContainEqual({ do: "more" });
});

test("the row with the focus keeps it when it is scrolled away", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: rowsOf(200) }));
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await scroll(page, 76 * 120);
  await expect(page.locator("[data-index='122']")).toBeInViewport();
  await expect(page.locator("[data-id=r2] .open")).toBeFocused();
  await expect(page.locator("[data-id=r2]")).not.toBeInViewport();
  await page.keyboard.press("j");
  await expect(page.locator("[data-id=r3] .open")).toBeFocused();
  await expect(page.locator("[data-id=r3]")).toBeInViewport();
});

test("a row that is unfolded pushes the others down and none over", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: [row({ id: "long", blocks: [{ type: "text", text: "many words ".repeat(60) }] }), ...rowsOf(20)] }));
  await page.locator("[data-id=long] .words").click();
  await expect.poll(async () => (await page.locator("[data-id=long]").boundingBox())!.height).toBeGreaterThan(150);
  const { y, height } = (await page.locator("[data-id=long]").boundingBox())!;
  expect(Math.abs((await top(page, "r1")) - y - height)).toBeLessThan(1);
});

test("from far down the list news are counted, and one click leads to them", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: rowsOf(200) }));
  await scroll(page, 76 * 120);
  await expect(page.locator("[data-id=r122]")).toBeInViewport();
  const before = await top(page, "r122");
  await doorbell.show(feed({ rows: [...rowsOf(7, "new"), ...rowsOf(193)] }));
  expect(Math.abs((await top(page, "r122")) - before)).toBeLessThan(2);
  await page.getByRole("button", { name: "7 new" }).click();
  await expect(page.locator("[data-id=new1]")).toBeInViewport();
  await expect(page.getByRole("button", { name: "7 new" })).toHaveCount(0);
});
