// The official client, unmodified. It does what it is told on standard input, one JSON object a line, and answers
// each on standard output with the same `call`: {"call": 3, "answer": …} or {"call": 3, "error": "…"}.
//
// The directory where it is installed is the first argument.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { join } from "node:path";

const require = createRequire(join(process.argv[2], "package.json"));

// What the client takes from a browser.
globalThis.window ??= globalThis;
globalThis.WebSocket ??= require("ws").WebSocket;
// Its remarks would end up among the answers.
console.log = console.error;

const { default: Knock } = require("@knocklabs/client");

/** One page with its feeds, by number. */
const pages = new Map();

const STATUSES = {
  seen: { mark: "markAsSeen", all: "markAllAsSeen" },
  unseen: { mark: "markAsUnseen" },
  read: { mark: "markAsRead", all: "markAllAsRead" },
  unread: { mark: "markAsUnread" },
  interacted: { mark: "markAsInteracted" },
  archived: { mark: "markAsArchived", all: "markAllAsArchived" },
  unarchived: { mark: "markAsUnarchived" },
};

const calls = {
  /** Signs in, listens and fetches, as a page does that is opened. */
  async open({ page, url, publicKey, user, feed, feeds }) {
    const knock = new Knock(publicKey, { host: url });
    knock.authenticate(user);
    const opened = feeds.map((options) => knock.feeds.initialize(feed, options));
    pages.set(page, { knock, feeds: opened, fetches: [], shown: new Map() });
    for (const one of opened) {
      one.listenForUpdates();
      await one.fetch();
    }
  },

  close({ page }) {
    pages.get(page)?.knock.teardown();
    pages.delete(page);
  },

  /** What each feed shows: its items from the top, and its counts. */
  shown({ page }) {
    return pages.get(page).feeds.map((feed) => {
      const { items, metadata } = feed.getState();
      return {
        items: items.map((item) => ({
          id: item.id,
          seen: Boolean(item.seen_at),
          read: Boolean(item.read_at),
          archived: Boolean(item.archived_at),
        })),
        counts: {
          total: metadata?.total_count ?? null,
          unread: metadata?.unread_count ?? null,
          unseen: metadata?.unseen_count ?? null,
        },
      };
    });
  },

  /** Marks items: one as one, several as a batch. `again` marks them as they were when they were last marked. */
  async mark({ page, feed, status, ids, metadata, again }) {
    const { feeds, shown } = pages.get(page);
    const listed = feeds[feed].getState().items;
    const items = ids.map((id) => (again ? shown.get(id) : listed.find((item) => item.id === id)));
    if (items.some((item) => !item)) throw new Error("an item is not listed");
    for (const item of items) shown.set(item.id, item);
    const marked = feeds[feed][STATUSES[status].mark](items.length === 1 ? items[0] : items, metadata);
    // It throws where the server fails, which is for the page to say.
    await marked.catch(() => null);
  },

  async all({ page, feed, status }) {
    const marked = pages.get(page).feeds[feed][STATUSES[status].all]();
    await marked.catch(() => null);
  },

  async archiveRead({ page, feed }) {
    await pages.get(page).feeds[feed].markAllReadAsArchived().catch(() => null);
  },

  /** Starts a fetch, for `fetched` to wait for. */
  fetch({ page }) {
    const { feeds, fetches } = pages.get(page);
    fetches.push(...feeds.map((feed) => feed.fetch()));
  },

  async fetched({ page }) {
    await Promise.all(pages.get(page).fetches.splice(0));
  },

  async more({ page, feed }) {
    await pages.get(page).feeds[feed].fetchNextPage();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { call, name, ...given } = JSON.parse(line);
  // Not awaited: the pages live side by side.
  Promise.resolve()
    .then(() => calls[name](given))
    .then(
      (answer) => ({ call, answer: answer ?? null }),
      (error) => ({ call, error: String(error?.message ?? error) }),
    )
    .then((answer) => process.stdout.write(`${JSON.stringify(answer)}\n`));
}
process.exit(0);
