/** Every state in light and dark: a picture that is compared with the one under `golden/`, and what a machine can judge of it. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { BATCH, WEEKDAY, feed, rowsOf } from "../src/testing/views";
import { SCENES, STATES, UNPICTURED } from "./states";
import { expect, test } from "./window";

const SCHEMES = ["light", "dark"] as const;

for (const [name, view] of Object.entries(STATES)) {
  test(`${name} looks as it did, is accessible in light and dark, and fits 320 pixels`, async ({ doorbell, page }) => {
    await doorbell.open(view);
    await judge(page, UNPICTURED.has(name) ? null : name);
    await page.setViewportSize({ width: 320, height: 480 });
    expect(await tooWide(page)).toEqual([]);
    await page.screenshot({ path: `test-results/pictures/${name}-narrow.png`, animations: "disabled" });
  });
}

for (const [name, scene] of Object.entries(SCENES)) {
  test(`${name} looks as it did, and is accessible in light and dark`, async ({ doorbell, page }) => {
    await scene(doorbell, page);
    await judge(page, name);
  });
}

test("at twice the size, in half the window, all of it is still there", async ({ doorbell, page }) => {
  await page.setViewportSize({ width: 210, height: 320 });
  for (const name of ["feed-full", "feed-narrowed", "sign-in", "preferences", "settings"]) {
    if (name === "feed-full") await doorbell.open(STATES[name]!);
    else await doorbell.show(STATES[name]!);
    expect(await tooWide(page), name).toEqual([]);
  }
});

test("from right to left the page is its own mirror image", async ({ doorbell, page }) => {
  await doorbell.open(feed({ rows: [BATCH, ...WEEKDAY] }));
  const places = async () => ({
    mark: (await page.locator(".unread-mark").first().boundingBox())!,
    avatar: (await page.locator(".avatar").first().boundingBox())!,
    time: (await page.locator("time").first().boundingBox())!,
    more: (await page.getByRole("button", { name: "More" }).boundingBox())!,
  });
  const before = await places();
  await page.evaluate(() => void (document.documentElement.dir = "rtl"));
  const after = await places();
  for (const part of ["mark", "avatar", "time", "more"] as const) {
    expect(Math.abs(after[part].x + after[part].width - (420 - before[part].x)), part).toBeLessThanOrEqual(1);
  }
  expect(await tooWide(page)).toEqual([]);
  await expect(page).toHaveScreenshot("right-to-left.png");
});

test("in forced colours what is on, chosen and unread can be told from what is not", async ({ doorbell, page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await doorbell.open(STATES["feed-full"]!);
  await expect(page).toHaveScreenshot("forced-colours-feed.png");
  await doorbell.show(STATES["preferences"]!);
  await expect(page.getByRole("switch").first()).toBeVisible();
  await expect(page).toHaveScreenshot("forced-colours-preferences.png");
});

test("with reduced motion nothing wanders or slides", async ({ doorbell, page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await doorbell.open(STATES["feed-progress-open"]!);
  const moving = () => page.evaluate(() => document.getAnimations().filter((animation) => Number(animation.effect?.getComputedTiming().endTime) > 1).length);
  expect(await moving()).toBe(0);
  await doorbell.show(feed({ rows: rowsOf(3) }));
  await doorbell.show(feed({ rows: [...rowsOf(1, "new"), ...rowsOf(3)] }));
  expect(await moving()).toBe(0);
});

/** Compares the page with its pictures, where it has any, and asks axe. */
async function judge(page: Page, name: string | null) {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    if (name !== null) await expect(page).toHaveScreenshot(`${name}-${colorScheme}.png`);
    expect(await faults(page)).toEqual([]);
  }
}

/** What axe finds, each with the elements it is about. */
async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/** What is wider than its place, so that it is cut off or scrolls sideways. */
async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll(".scroller, .page, .row, .top-bar, .words, .button, .setting")]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => element.className || element.tagName),
  );
}
