/** The form in a real browser. */
import { signedOut } from "../src/testing/views";
import { expect, test } from "./window";

const FEED = "d00fbe11-1de5-4e0d-a11e-5ca1ab1ec0de";
const LINE = JSON.stringify({ url: "http://127.0.0.1:4000", public_key: "pk_test_demo", user_id: "demo-user", feed_id: FEED, secret_key: "sk_test_demo" });
const DRAFT = { public_key: "pk_test_demo", user_id: "demo-user", feed_id: FEED, user_token: "", host: "http://127.0.0.1:4000" };

test("the form is filled and sent from the keyboard", async ({ doorbell, page }) => {
  await doorbell.open(signedOut());
  for (const value of ["pk_test_demo", "demo-user", FEED]) {
    await page.keyboard.press("Tab");
    await page.keyboard.type(value);
  }
  await page.keyboard.press("Enter");
  expect(await doorbell.asked()).toEqual([{ do: "sign_in", draft: { ...DRAFT, host: "" } }]);
});

test("a refused sign-in leads to the field and keeps what was typed", async ({ doorbell, page }) => {
  await doorbell.open(signedOut());
  await page.getByLabel("Public key").fill("pk_test_wrong");
  await page.getByLabel("User", { exact: true }).fill("demo-user");
  await doorbell.show(signedOut({ checking: true }));
  await expect(page.getByRole("button", { name: "Checking…" })).toBeVisible();
  await doorbell.show(signedOut({ problem: { field: "public_key", message: "Knock refused the key." } }));
  await expect(page.getByLabel("Public key")).toBeFocused();
  await expect(page.getByLabel("Public key")).toHaveValue("pk_test_wrong");
  await expect(page.getByLabel("User", { exact: true })).toHaveValue("demo-user");
  await expect(page.getByText("Knock refused the key.")).toBeVisible();
});

test("a problem with the host unfolds it and takes the focus there", async ({ doorbell, page }) => {
  await doorbell.open(signedOut());
  await expect(page.getByLabel("Host")).toBeHidden();
  await doorbell.show(signedOut({ problem: { field: "host", message: "No answer from that host." } }));
  await expect(page.getByLabel("Host")).toBeFocused();
});

test("a connect file fills the form, which then signs in", async ({ doorbell, page }) => {
  await doorbell.open(signedOut());
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Use a file…" }).click();
  await (await chooser).setFiles({ name: "demo.json", mimeType: "application/json", buffer: Buffer.from(LINE) });
  await expect(page.getByText("Filled in from demo.json.")).toBeVisible();
  await page.getByRole("button", { name: "Sign in" }).click();
  expect(await doorbell.asked()).toEqual([{ do: "sign_in", draft: DRAFT }]);
});

test("a host without a scheme is sent as it was typed, for Rust to judge", async ({ doorbell, page }) => {
  await doorbell.open(signedOut({ problem: { field: "host", message: "No answer from that host." } }));
  await page.getByLabel("Public key").fill("pk_test_demo");
  await page.getByLabel("User", { exact: true }).fill("demo-user");
  await page.getByLabel("Feed channel").fill(FEED);
  await page.getByLabel("Host").fill("knock.example.com");
  await page.keyboard.press("Enter");
  expect(await doorbell.asked()).toEqual([{ do: "sign_in", draft: { ...DRAFT, host: "knock.example.com" } }]);
});

test("an action that cannot arrive is told where the person looks", async ({ doorbell, page }) => {
  await doorbell.open(signedOut({ problem: { field: null, message: "The keychain is locked." } }));
  await doorbell.refuse("the door is closed");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("alert")).toContainText("That did not reach Doorbell (the door is closed).");
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
});

test("one more account: the form can be left for the list again", async ({ doorbell, page }) => {
  await doorbell.open(signedOut({ back: true }));
  await page.getByRole("button", { name: "Back to the list" }).click();
  expect(await doorbell.asked()).toEqual([{ do: "back" }]);
});

for (const width of [420, 320, 210]) {
  test(`at ${width} pixels the settings stand beside the heading or below, never over it`, async ({ doorbell, page }) => {
    await page.setViewportSize({ width, height: 480 });
    await doorbell.open(signedOut(), { language: "de" });
    const heading = (await page.getByRole("heading", { name: "Bei einem Feed anmelden" }).boundingBox())!;
    const settings = (await page.getByRole("button", { name: "Einstellungen" }).boundingBox())!;
    expect(settings.x >= heading.x + heading.width || settings.y >= heading.y + heading.height).toBe(true);
    expect(settings.x + settings.width).toBeLessThanOrEqual(width);
  });
}
