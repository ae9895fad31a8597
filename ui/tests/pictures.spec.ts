/** Every state in light and dark: a picture to look at, and what a machine can judge of it. */
import AxeBuilder from "@axe-core/playwright";

import type { Page } from "@playwright/test";

import { STATES } from "./states";
import { expect, test } from "./window";

for (const [name, view] of Object.entries(STATES)) {
  test(`${name} is accessible in light and dark, and fits 320 pixels without scrolling sideways`, async ({ doorbell, page }) => {
    await doorbell.open(view);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `test-results/pictures/${name}-${colorScheme}.png`, animations: "disabled" });
      expect(await faults(page)).toEqual([]);
    }

    await page.setViewportSize({ width: 320, height: 480 });
    const wide = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll(".scroller, .page, .row")]
        .filter((element) => element.scrollWidth > element.clientWidth)
        .map((element) => element.className || element.tagName),
    );
    expect(wide).toEqual([]);
    await page.screenshot({ path: `test-results/pictures/${name}-narrow.png`, animations: "disabled" });
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`the end of the resident in ${colorScheme} is told in the whole window`, async ({ doorbell, page }) => {
    await page.emulateMedia({ colorScheme });
    await doorbell.open(STATES["feed"]!);
    await doorbell.tell("gone", "It was asked to quit.");
    await expect(page.getByRole("heading")).toHaveText("Doorbell has stopped");
    await page.screenshot({ path: `test-results/pictures/gone-${colorScheme}.png` });
  });

  test(`menu and question before signing out in ${colorScheme} have their pictures taken`, async ({ doorbell, page }) => {
    await page.emulateMedia({ colorScheme });
    await doorbell.open(STATES["feed"]!);
    await page.getByRole("button", { name: "More" }).click();
    await page.screenshot({ path: `test-results/pictures/menu-${colorScheme}.png` });
    await page.getByRole("button", { name: "Sign out…" }).click();
    await page.screenshot({ path: `test-results/pictures/menu-sign-out-${colorScheme}.png` });
    expect(await faults(page)).toEqual([]);
  });

  test(`the choice of accounts and feeds in ${colorScheme} has its picture taken`, async ({ doorbell, page }) => {
    await page.emulateMedia({ colorScheme });
    await doorbell.open(STATES["feed-accounts"]!);
    await page.getByRole("button", { name: /Choose another feed$/ }).click();
    await page.screenshot({ path: `test-results/pictures/accounts-${colorScheme}.png` });
    expect(await faults(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 480 });
    const panel = (await page.locator(".switcher .panel").boundingBox())!;
    expect(panel.x).toBeGreaterThanOrEqual(0);
    expect(panel.x + panel.width).toBeLessThanOrEqual(320);
  });

  test(`a row under the pointer and a row with the focus in ${colorScheme} have their pictures taken`, async ({ doorbell, page }) => {
    await page.emulateMedia({ colorScheme });
    await doorbell.open(STATES["feed"]!);
    await page.keyboard.press("j");
    await page.getByText("mentioned you").hover();
    await page.screenshot({ path: `test-results/pictures/feed-focus-${colorScheme}.png`, animations: "disabled" });
    expect(await faults(page)).toEqual([]);
  });
}

/** What axe finds, each with the elements it is about. */
async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
