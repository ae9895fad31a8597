/** What a person does with the emulator's console, against the real emulator. */
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";

const PICTURES = process.env.DOORBELL_PICTURES;

test.beforeEach(async ({ request, page }) => {
  await request.post("/_emulator/reset");
  await request.delete("/_emulator/clock");
  await page.goto("/");
  await expect(page.locator("#status")).toHaveText("connected");
});

test("a trigger with the workflow's data shows up in the feed and in the log", async ({ page }) => {
  await page.getByLabel("Workflow").selectOption("new-comment");
  await page.getByLabel("comment", { exact: true }).fill("Looks <b>good</b>");
  await page.getByLabel("page", { exact: true }).fill("Launch plan");
  await page.getByRole("button", { name: "Trigger" }).click();
  const item = page.locator("#items > li").first();
  await expect(item).toContainText("Looks <b>good</b>");
  await expect(page.getByLabel("1 unread")).toBeVisible();
  await expect(page.locator("#entries")).toContainText("/v1/workflows/new-comment/trigger");

  await item.getByRole("button", { name: "Read", exact: true }).click();
  await expect(item.getByRole("button", { name: "Unread" })).toBeVisible();
  await expect(page.locator("#badge")).toBeHidden();
  await item.getByRole("button", { name: "Archive" }).click();
  await expect(page.locator("#items")).toContainText("Nothing here yet");
});

test("it says why nobody hears of a trigger", async ({ page, request }) => {
  const key = await page.locator("body").getAttribute("data-secret-key");
  await request.put("/v1/users/demo-user/preferences/default", {
    headers: { Authorization: `Bearer ${key}` },
    data: { workflows: { "new-comment": false } },
  });
  await page.getByLabel("Workflow").selectOption("new-comment");
  await page.getByRole("button", { name: "Trigger" }).click();
  await expect(page.locator("#entries")).toContainText("the preferences say no (workflows.new-comment is false)");
  await page.getByLabel("Actor").fill("demo-user");
  await page.getByRole("button", { name: "Trigger" }).click();
  await expect(page.locator("#entries")).toContainText("left out demo-user: the actor is not notified");
  await page.getByLabel("Actor").fill("");

  await page.getByLabel("Recipient").fill("stranger");
  await page.getByRole("button", { name: "Trigger" }).click();
  await expect(page.locator("#entries")).toContainText('"stranger" was never identified');
  await page.getByLabel("more, as JSON").fill("{");
  await page.getByRole("button", { name: "Trigger" }).click();
  await expect(page.locator("#triggered")).toHaveClass("failed");
});

test("sockets and their frames are seen, faults stand until they are taken back", async ({ page, request }) => {
  const heard = page.evaluate(
    (feed) =>
      new Promise<string>((resolve) => {
        const url = `${location.origin.replace("http", "ws")}/ws/v1/websocket?api_key=pk_test_doorbell_demo&vsn=2.0.0`;
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send(JSON.stringify(["1", "1", `feeds:${feed}:demo-user`, "phx_join", {}]));
        socket.onmessage = (event) => resolve(String(event.data));
      }),
    await page.locator("body").getAttribute("data-feed-id"),
  );
  expect(await heard).toContain("phx_reply");
  await expect(page.locator("#sockets")).toContainText("demo-user");
  await expect(page.locator("#entries")).toContainText("phx_join");
  await page.getByRole("button", { name: "Frames", exact: true }).click();
  await expect(page.locator("#entries li[data-kind=frame]").first()).toBeHidden();

  const fault = page.getByRole("button", { name: "No heartbeats" });
  await fault.click();
  await expect(fault).toHaveAttribute("aria-pressed", "true");
  expect((await (await request.get("/_emulator/faults")).json()).withhold.heartbeats).toBe(true);
  await fault.click();
  await expect(fault).toHaveAttribute("aria-pressed", "false");
  await page.getByRole("button", { name: "Close sockets" }).click();
  await expect(page.locator("#socket-count")).toHaveText("0");
});

test("the clock moves by hand and runs again", async ({ page }) => {
  await page.getByRole("button", { name: "+1 day" }).click();
  await expect(page.locator("#mode")).toHaveText("held");
  await page.getByRole("button", { name: "Let it run" }).click();
  await expect(page.locator("#mode")).toHaveText("running");
});

test("everything works from the keyboard", async ({ page }) => {
  await page.keyboard.press("Tab");
  await expect(page.getByText("Skip to the trigger")).toBeFocused();
  await page.keyboard.press("Enter");
  await page.getByLabel("Recipient").focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("#items > li")).toHaveCount(1);
});

test("nothing from outside may run in the page", async ({ page }) => {
  const policy = (await page.goto("/"))?.headers()["content-security-policy"];
  expect(policy).toContain("default-src 'none'");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`it is accessible in ${colorScheme}, fits a narrow window, and has its picture taken`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    for (const [workflow, field, text] of [
      ["daily-digest", "", ""],
      ["welcome-flow", "", ""],
      ["new-comment", "comment", "The numbers on page 3 look right to me now."],
    ] as const) {
      await page.getByLabel("Workflow").selectOption(workflow);
      if (field) await page.getByLabel(field, { exact: true }).fill(text);
      await page.getByRole("button", { name: "Trigger" }).click();
      await expect(page.locator("#triggered")).toContainText("run ");
    }
    await expect(page.locator("#items > li")).toHaveCount(3);
    // What is just coming in is paler than what it will be.
    await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
    const found = await new AxeBuilder({ page }).analyze();
    expect(found.violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
    const path = PICTURES ? `${PICTURES}/console-${colorScheme}.png` : `test-results/pictures/console-${colorScheme}.png`;
    await page.screenshot({ path, animations: "disabled" });
    await page.setViewportSize({ width: 360, height: 640 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide).toBe(0);
  });
}
