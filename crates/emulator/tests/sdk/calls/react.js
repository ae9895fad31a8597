// One scenario for each hook and component of `@knocklabs/react` that has to do with the service, in Chromium.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect as expects } from "@playwright/test";

import { until } from "../emulator.js";
import { PATIENCE_MS, startBrowser } from "./browser-page.js";
import { written } from "./record.js";
import { absent, ids } from "./scenario.js";

const expect = expects.configure({ timeout: PATIENCE_MS });

let folder;
let browser;
let seen;

export async function begin(recorder) {
  seen = recorder;
  folder = await mkdtemp(join(tmpdir(), "doorbell-"));
  browser = await startBrowser(folder);
}

export async function end() {
  await browser?.stop();
  if (folder) await rm(folder, { recursive: true });
}

/** Opens a page that uses the export, for somebody new. */
export async function subject(name, world) {
  const user = await world.user();
  const [collection] = await world.object();
  const parameters = {
    show: name,
    host: world.emulator.url,
    key: world.emulator.public_key,
    feed: world.feed,
    user,
    collection,
  };
  const pages = [];
  const open = async () => {
    pages.push(await browser.open(parameters, seen));
    return pages.at(-1);
  };
  const close = () => Promise.all(pages.map((page) => page.context().close()));
  return { root: { [name]: open }, user, close };
}

const cells = (page) => page.locator(".rnf-notification-cell");
const comments = (page) => page.getByRole("listitem");
const badge = (page) => page.locator(".rnf-unseen-badge");
const doIt = (page) => page.getByRole("button", { name: "do", exact: true }).click();

/** Two items of somebody; the first is the newer one. */
async function twoItems(world, user, more = {}) {
  const older = await world.item(user, { comment: "older" }, more);
  const newer = await world.item(user, { comment: "newer" }, more);
  return [newer, older];
}

/** The list is there, one is archived by its button, the other marked by a click, a third arrives by itself. */
const usesFeed = async (call, world, { user }) => {
  const [newer, older] = await twoItems(world, user);
  const page = await call();
  await expect(cells(page)).toHaveCount(2);
  await expect(cells(page).first()).toContainText("newer");
  await cells(page).first().hover();
  await cells(page).first().locator(".rnf-archive-notification-btn").click();
  await expect(cells(page)).toHaveCount(1);
  await until("it is archived", async () => (await world.statuses(newer)).includes("archived"));
  assert.deepEqual(await world.statuses(older), []);
};

/** What a page shows of a feed follows the back end, and the back end what the page does. */
const showsComments = async (call, world, { user }) => {
  await world.item(user, { comment: "before" });
  const page = await call();
  await expect(comments(page)).toHaveText(["before"]);
  await arrives(world, user, page, comments(page), ["now", "before"]);
};

/** Sends one item as soon as the page listens. */
async function arrives(world, user, page, list, wanted) {
  await page.joined();
  await world.item(user, { comment: "now" });
  await expect(list).toHaveText(wanted);
}

export const scenarios = {
  KnockProvider: async (call, world, { user }) => {
    const page = await call();
    await world.backend.users.update(user, { name: "Renamed" });
    await doIt(page);
    await expect(page.locator("output")).toHaveText("Renamed");
  },
  useAuthenticatedKnockClient: async (call, world, { user }) => {
    const page = await call();
    await until("the hook identified", async () => (await world.backend.users.get(user)).name === "From the hook");
    await doIt(page);
    await until("the plan is known", async () => (await world.backend.users.get(user)).plan === "team");
  },
  useKnockClient: async (call, world, { user }) => {
    await doIt(await call());
    await until("the plan is known", async () => (await world.backend.users.get(user)).plan === "team");
  },
  useKnockAuthState: async (call, world, { user }) => {
    const page = await call();
    await expect(page.locator("output")).toHaveText(`authenticated ${user}`);
    assert.equal((await world.backend.users.get(user)).id, user);
    await doIt(page);
    await expect(page.locator("output")).toHaveText(/^unauthenticated/);
  },
  usePreferences: async (call, world, { user }) => {
    await world.backend.users.setPreferences(user, "default", { workflows: { "new-comment": true } });
    const page = await call();
    await expect(page.locator("output")).toHaveText('{"new-comment":true}');
    await doIt(page);
    await expect(page.locator("output")).toHaveText('{"new-comment":false}');
    assert.deepEqual((await world.backend.users.getPreferences(user, "default")).workflows, { "new-comment": false });
  },

  KnockFeedProvider: showsComments,
  useNotifications: async (call, world, { user }) => {
    const page = await call();
    await page.joined();
    const id = await world.item(user, { comment: "now" });
    await expect(comments(page)).toHaveText(["now"]);
    await doIt(page);
    await until("it is read", async () => (await world.statuses(id)).includes("read"));
  },
  useNotificationStore: async (call, world, { user }) => {
    await world.item(user, { comment: "before" });
    const page = await call();
    await expect(page.locator("output")).toHaveText("1");
    await arrives(world, user, page, comments(page), ["now", "before"]);
    await expect(page.locator("output")).toHaveText("2");
  },
  useCreateNotificationStore: async (call, world, { user }) => {
    const page = await call();
    await expect(page.locator("output")).toHaveText("0");
    await page.joined();
    await world.item(user);
    await expect(page.locator("output")).toHaveText("1");
  },
  useKnockFeed: async (call, world, { user }) => {
    const page = await call();
    await twoItems(world, user);
    await doIt(page);
    await expect(comments(page)).toHaveText(["newer", "older"]);
  },
  useFeedSettings: async (call, world, { user }) => {
    const page = await call();
    await expect(page.locator("output")).toHaveText('{"features":{"branding_required":false}}');
    assert.deepEqual(await world.backend.users.feeds.getSettings(user, world.feed), { features: { branding_required: false } });
  },

  NotificationFeed: async (call, world, { user }) => {
    const [newer, older] = await twoItems(world, user);
    const page = await call();
    await expect(cells(page)).toHaveCount(2);
    await expect(cells(page).first()).toContainText("newer");
    await expect(page.locator(".rnf-notification-cell__unread-dot")).toHaveCount(2);

    await page.joined();
    const arrived = await world.item(user, { comment: "now" });
    await expect(cells(page)).toHaveCount(3);
    await expect(cells(page).first()).toContainText("now");

    await cells(page).first().hover();
    await cells(page).first().locator(".rnf-archive-notification-btn").click();
    await expect(cells(page)).toHaveCount(2);
    await until("it is archived", async () => (await world.statuses(arrived)).includes("archived"));

    await world.backend.messages.markAsRead(older);
    await filter(page, "Unread");
    await expect(cells(page)).toHaveCount(1);
    await expect(cells(page).first()).toContainText("newer");
    await filter(page, "Read");
    await expect(cells(page).first()).toContainText("older");
    await filter(page, "All");
    await page.getByRole("button", { name: /mark all as read/i }).click();
    await until("all is read", async () => (await world.page(user)).meta.unread_count === 0);
    assert.deepEqual(await world.statuses(newer), ["read"]);
  },
  NotificationFeedContainer: usesFeed,
  NotificationFeedHeader: async (call, world, { user }) => {
    const [newer, older] = await twoItems(world, user);
    await world.backend.messages.markAsRead(older);
    const page = await call();
    await expect(comments(page)).toHaveText(["newer", "older"]);
    await filter(page, "Unread");
    await expect(comments(page)).toHaveText(["newer"]);
    await page.getByRole("button", { name: /mark all as read/i }).click();
    await until("it is read", async () => (await world.statuses(newer)).includes("read"));
  },
  MarkAsRead: async (call, world, { user }) => {
    const items = await twoItems(world, user);
    const page = await call();
    await page.getByRole("button", { name: /mark all as read/i }).click();
    await until("all is read", async () => (await world.page(user)).meta.unread_count === 0);
    for (const id of items) assert.deepEqual(await world.statuses(id), ["read"]);
  },
  NotificationCell: async (call, world, { user }) => {
    const run = await world.backend.workflows.trigger("system-alert", { recipients: [user], data: { title: "Disk full", message: "Make room" } });
    const [id] = await ids(world.backend.messages.list({ workflow_run_id: run.workflow_run_id }));
    const page = await call();
    await expect(cells(page)).toContainText("Disk full");
    await cells(page).getByRole("button").first().click();
    await until("the click is known", async () => (await world.statuses(id)).includes("interacted"));
    const clicks = [];
    for await (const event of world.backend.messages.listEvents(id)) if (event.type === "message.interacted") clicks.push(event.data);
    assert.ok(clicks.some((data) => data?.type === "button_click"), JSON.stringify(clicks));
  },
  Avatar: async (call, world, { user }) => {
    const actor = await world.user({ name: "Ada Moreau" });
    await world.item(user, {}, { actor });
    const page = await call();
    await expect(page.locator(".rnf-avatar")).toHaveText("AM");
  },
  EmptyFeed: async (call, world, { user }) => {
    const page = await call();
    await expect(page.getByText("No notifications yet")).toBeVisible();
    await page.joined();
    await world.item(user, { comment: "now" });
    await expect(comments(page)).toHaveText(["now"]);
    await expect(page.getByText("No notifications yet")).toHaveCount(0);
  },
  UnseenBadge: async (call, world, { user }) => {
    await twoItems(world, user);
    const page = await call();
    await expect(badge(page)).toHaveText("2");
    await page.joined();
    await world.item(user);
    await expect(badge(page)).toHaveText("3");
  },
  NotificationIconButton: async (call, world, { user }) => {
    await twoItems(world, user);
    const page = await call();
    await expect(badge(page)).toHaveText("2");
    await page.locator(".rnf-notification-icon-button").click();
    await expect(cells(page)).toHaveCount(2);
    await page.getByRole("button", { name: /mark all as read/i }).click();
    await expect(badge(page)).toHaveCount(0);
    await until("all is read", async () => (await world.page(user)).meta.unread_count === 0);
  },
  NotificationFeedPopover: async (call, world, { user }) => {
    await twoItems(world, user);
    const page = await call();
    await expect(badge(page)).toHaveText("2");
    await page.locator(".rnf-notification-icon-button").click();
    await expect(cells(page)).toHaveCount(2);
    await expect(badge(page)).toHaveCount(0);
    await until("what was shown is seen", async () => (await world.page(user)).meta.unseen_count === 0);
    assert.equal((await world.page(user)).meta.unread_count, 2);
  },

  ...Object.fromEntries(
    [
      ["slack", ["KnockSlackProvider", "useKnockSlackClient", "useSlackConnectionStatus", "SlackAuthButton", "SlackAuthContainer"]],
      ["slack", ["SlackChannelCombobox", "useSlackChannels", "useConnectedSlackChannels"]],
      ["slack", ["useSlackAuth"], doIt],
      ["ms-teams", ["KnockMsTeamsProvider", "useKnockMsTeamsClient", "useMsTeamsConnectionStatus", "MsTeamsAuthButton"]],
      ["ms-teams", ["MsTeamsAuthContainer", "MsTeamsChannelCombobox", "useMsTeamsTeams", "useMsTeamsChannels", "useConnectedMsTeamsChannels"]],
      ["ms-teams", ["useMsTeamsAuth"], doIt],
      ["guides", ["KnockGuideProvider", "useGuide", "useGuides", "Banner", "Card", "Modal"]],
    ].flatMap(([service, names, act]) => names.map((name) => [name, refused(service, act)])),
  ),
};

async function filter(page, name) {
  await page.locator(".rnf-dropdown select").selectOption({ label: name });
}

/** The page asks the service for what it does not have, and is told so. */
function refused(service, act) {
  return absent(async (call) => {
    const page = await call();
    await act?.(page);
    const told = ({ status, path }) => status === 501 && path.includes(`/${service}/`);
    await until("the page is told", () => written().some(told));
    throw new Error("answered 501");
  });
}
