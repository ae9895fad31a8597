import type { Page } from "@playwright/test";

import { NOTHING_LEFT_OUT } from "../src/feed/only";
import { ACCOUNT, BATCH, HARD_WORDS, OTHER, WEEKDAY, feed, preferences, row, rowsOf, signedOut } from "../src/testing/views";
import type { View } from "../src/generated/View";
import type { DoorbellWindow } from "./window";

/** Every state of the window, by the name of its picture. */
export const STATES: Record<string, View> = {
  "sign-in": signedOut(),
  "sign-in-checking": signedOut({ checking: true }),
  "sign-in-refused": signedOut({
    problem: { field: "public_key", message: "Knock refused the key. Copy it again from the dashboard. Nothing was stored." },
  }),
  "sign-in-host": signedOut({
    problem: { field: "host", message: "No answer from that host. Check the address and your connection. Nothing was stored." },
  }),
  "sign-in-keychain": signedOut({
    problem: { field: null, message: "The keychain is locked, so Doorbell cannot see whether you are signed in. Unlock it and try again." },
  }),
  "sign-in-add": signedOut({ back: true }),
  "sign-in-invited": signedOut({ invitation: { user_id: "ada", feed_id: "d00fbe11-1de5-4e0d-a11e-5ca1ab1ec0de", host: "https://knock.example.test" } }),
  feed: feed({ rows: WEEKDAY }),
  "feed-full": feed({
    rows: [BATCH, ...WEEKDAY],
    counts: { total: 128, unread: 5, unseen: 2, archived: 1240 },
    facets: { tenants: ["acme", "globex"], workflows: ["new-comment", "daily-digest"], categories: ["billing", "product-news"] },
  }),
  "feed-narrowed": feed({
    rows: WEEKDAY.slice(0, 2),
    counts: { total: 6, unread: 3, unseen: 2, archived: 0 },
    facets: { tenants: ["acme", "globex"], workflows: ["new-comment", "daily-digest"], categories: [] },
    only: { ...NOTHING_LEFT_OUT, workflow: "new-comment" },
  }),
  "feed-search": feed({ rows: WEEKDAY.slice(0, 1), only: { ...NOTHING_LEFT_OUT, words: "roadmap" }, more: true }),
  "feed-archived": feed({ filter: "archived", rows: WEEKDAY.slice(3).map((row) => ({ ...row, archived: true })), counts: { total: 3, unread: 3, unseen: 0, archived: 3 } }),
  "feed-hard-words": feed({ rows: HARD_WORDS }),
  "feed-paused": feed({ rows: WEEKDAY, pause: { until: "2026-03-10T13:30:00Z", quiet_hours: false } }),
  "feed-quiet-hours": feed({ rows: WEEKDAY, pause: { until: "2026-03-11T06:00:00Z", quiet_hours: true } }),
  "feed-progress": feed({ rows: WEEKDAY, progress: { words: "Marking all as read", done: 1200, of: 4000 } }),
  "feed-progress-open": feed({ rows: WEEKDAY, progress: { words: "Archiving all", done: 350, of: null } }),
  "feed-undo": feed({ rows: WEEKDAY, undo: "Archived 3 notifications" }),
  "feed-branded": feed({ rows: WEEKDAY, branded: true }),
  "feed-accounts": feed({ rows: WEEKDAY, accounts: [ACCOUNT, OTHER] }),
  "feed-accounts-long": feed({
    rows: WEEKDAY,
    accounts: [{ ...OTHER, user: "a-very-long-user-id-0123456789-0123456789-abcdefghijklmnop" }, ACCOUNT],
    account: OTHER.id,
    number: 1,
    user: "a-very-long-user-id-0123456789-0123456789-abcdefghijklmnop",
    host: "knock.example.test",
  }),
  "feed-unread": feed({ filter: "unread", rows: WEEKDAY.filter((row) => row.unread), counts: { total: 6, unread: 3, unseen: 2, archived: null } }),
  "feed-notice": feed({ rows: WEEKDAY, notice: "Knock did not take the mark “read”, so the item is unread again." }),
  "feed-long": feed({
    user: "a-very-long-user-id-0123456789-0123456789-abcdefghijklmnop",
    feed: "d00fbe11-1de5-4e0d-a11e-5ca1ab1ec0de",
    host: "http://127.0.0.1:41267",
    counts: { total: 12345, unread: 1234, unseen: 0, archived: null },
    length: 12345,
    more: true,
    loading_more: true,
    rows: [
      row({ id: "word", unread: true, blocks: [{ type: "text", text: "Donaudampfschifffahrtsgesellschaftskapitän".repeat(6) }] }),
      row({
        id: "buttons",
        blocks: [
          { type: "text", text: "Two long buttons" },
          {
            type: "buttons",
            buttons: [
              { index: 0, label: "Accept the invitation and open the calendar", primary: true },
              { index: 1, label: "Decline, and tell everybody the reason why", primary: false },
            ],
          },
        ],
      }),
      ...rowsOf(2),
    ],
  }),
  "feed-offline": feed({ rows: WEEKDAY, connection: { state: "offline", words: "Offline. Doorbell connects again by itself; the list may be out of date.", since: "2026-03-10T11:03:00Z" } }),
  "feed-refused": feed({
    rows: WEEKDAY,
    connection: {
      state: "refused",
      words: "Knock refused the key. The list below is kept. Sign in again with a valid one, or try again.",
      since: "2026-03-10T11:03:00Z",
    },
  }),
  "feed-trouble": feed({
    rows: WEEKDAY,
    connection: {
      state: "connected",
      words: "Connected, but the list could not be fetched: the server answered 503. Trying again by itself.",
      since: null,
    },
  }),
  "feed-connecting": feed({ rows: WEEKDAY, connection: { state: "connecting", words: "Connecting", since: null } }),
  "feed-highlight": feed({ rows: WEEKDAY, highlight: "deploy" }),
  empty: feed(),
  "empty-archived": feed({ filter: "archived", counts: { total: 6, unread: 0, unseen: 0, archived: 0 } }),
  "empty-search": feed({ only: { ...NOTHING_LEFT_OUT, words: "zebra" }, more: true }),
  "empty-fetching": feed({ loaded: false }),
  "empty-unread": feed({ filter: "unread", counts: { total: 6, unread: 0, unseen: 0, archived: null } }),
  "empty-connecting": feed({ loaded: false, connection: { state: "connecting", words: "Connecting", since: null } }),
  "empty-offline": feed({ loaded: false, connection: { state: "offline", words: "Offline. Doorbell connects again by itself; the list may be out of date.", since: "2026-03-10T11:03:00Z" } }),
  "empty-refused": feed({ loaded: false, connection: { state: "refused", words: "Knock refused the key", since: null } }),
  preferences: preferences(),
  "preferences-busy": preferences({ busy: true }),
  "preferences-fetching": preferences({ loaded: false, busy: true, switches: [] }),
  "preferences-problem": preferences({ loaded: false, switches: [], problem: "The preferences could not be fetched: no connection. What you chose is kept by Knock." }),
  "preferences-refused": preferences({ problem: "Knock did not take the change, so “Billing” is on again." }),
  "preferences-none": preferences({ switches: [] }),
  settings: { screen: "settings", back: true },
};

/** States whose pictures hang on the fonts of the machine, which may lack a script, or on the moment. */
export const UNPICTURED: ReadonlySet<string> = new Set(["feed-hard-words", "feed-highlight"]);

/** What a person has to do something for to see it, by the name of its picture. */
export const SCENES: Record<string, (doorbell: DoorbellWindow, page: Page) => Promise<void>> = {
  gone: async (doorbell) => {
    await doorbell.open(STATES["feed"]!);
    await doorbell.tell("gone");
  },
  menu: async (doorbell, page) => {
    await doorbell.open(STATES["feed"]!);
    await page.getByRole("button", { name: "More" }).click();
  },
  "menu-pause": async (doorbell, page) => {
    await doorbell.open(STATES["feed"]!);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Pause notifications…" }).click();
  },
  "menu-sign-out": async (doorbell, page) => {
    await doorbell.open(STATES["feed"]!);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Sign out…" }).click();
  },
  accounts: async (doorbell, page) => {
    await doorbell.open(STATES["feed-accounts"]!);
    await page.getByRole("button", { name: /Choose another feed$/ }).click();
  },
  "row-focus-and-hover": async (doorbell, page) => {
    await doorbell.open(STATES["feed"]!);
    await page.keyboard.press("j");
    await page.getByText("mentioned you").hover();
  },
  selection: async (doorbell, page) => {
    await doorbell.open(STATES["feed"]!);
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.getByText("Deployment 4182").click({ modifiers: ["Shift"] });
  },
  batch: async (doorbell, page) => {
    await doorbell.open(STATES["feed-full"]!);
    await page.getByRole("button", { name: "Show 5 updates" }).click();
  },
  news: async (doorbell, page) => {
    await doorbell.open(feed({ rows: rowsOf(30) }));
    await page.locator(".scroller").evaluate((box) => void (box.scrollTop = 300));
    await page.locator("[data-id=r9]").hover();
    await doorbell.show(feed({ rows: [...rowsOf(3, "new"), ...rowsOf(30)] }));
    await page.getByRole("button", { name: "3 new" }).waitFor();
  },
  wide: async (doorbell, page) => {
    await page.setViewportSize({ width: 900, height: 560 });
    await doorbell.open(STATES["feed-full"]!);
    await page.getByText("mentioned you").hover();
  },
  small: async (doorbell, page) => {
    await page.setViewportSize({ width: 210, height: 420 });
    await doorbell.open(STATES["feed-full"]!);
    await page.locator(".row").first().hover();
  },
  help: async (doorbell, page) => {
    await doorbell.open(STATES["feed"]!);
    await page.keyboard.press("?");
  },
  lost: async (doorbell, page) => {
    await doorbell.open(STATES["feed"]!);
    await doorbell.refuse("the door is closed");
    await page.getByRole("button", { name: "Mark all read" }).click();
  },
  german: async (doorbell) => {
    await doorbell.open(STATES["feed-full"]!, { language: "de" });
  },
  "settings-whole": async (doorbell, page) => {
    await page.setViewportSize({ width: 420, height: 1640 });
    await doorbell.open(STATES["settings"]!, {
      complaints: ["Line 4: “loud” is not on or off", "Line 9: there is no setting “colour”"],
      quiet_hours: { from: "22:00", to: "07:00" },
      rules: [
        { workflow: "daily-digest", category: null, tell: "badge" },
        { workflow: null, category: "product-news", tell: "ignore" },
      ],
    });
    await page.getByRole("group", { name: "Rule 2" }).waitFor();
  },
  "settings-refused": async (doorbell, page) => {
    await page.setViewportSize({ width: 420, height: 1640 });
    await doorbell.open(STATES["settings"]!);
    await doorbell.refuse("A proxy begins with http:// or socks5://");
    await page.getByLabel("Proxy").selectOption("An address");
    await page.getByLabel("Address of the proxy").fill("nonsense");
    await page.getByLabel("Address of the proxy").blur();
    await page.getByText("A proxy begins with").waitFor();
  },
};
