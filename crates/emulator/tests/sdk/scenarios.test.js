// The official SDKs, unmodified, against the real emulator.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import "./browser.js";
import { startEmulator, until } from "./emulator.js";

const { default: KnockClient } = await import("@knocklabs/client");
const { default: Knock } = await import("@knocklabs/node");

let emulator;
let backend;
const clients = [];

before(async () => {
  emulator = await startEmulator();
  backend = new Knock({ apiKey: emulator.secret_key, baseURL: emulator.url });
});

after(async () => {
  for (const client of clients) client.teardown();
  assert.equal(await emulator.stop(), 0);
});

/** A signed-in client and its feed, for a user whom the client identifies by itself. */
async function signIn(id, options = {}) {
  const knock = new KnockClient(emulator.public_key, { host: emulator.url });
  clients.push(knock);
  knock.authenticate({ id, name: `Name of ${id}` });
  await until("the user is identified", () => backend.users.get(id).catch(() => null));
  return { knock, feed: knock.feeds.initialize(emulator.feed_id, options) };
}

async function trigger(user, data = {}, workflow = "new-comment") {
  return backend.workflows.trigger(workflow, { recipients: [user], data });
}

/** What the server says, with the counts that the typed pages of the SDK leave out. */
async function serverFeed(user, query = {}) {
  const response = await backend.users.feeds.listItems(user, emulator.feed_id, query).asResponse();
  return response.json();
}

/** Triggers items for a user one after the other and fetches them. */
async function withItems(user, comments, options = {}) {
  const { knock, feed } = await signIn(user, options);
  for (const comment of comments) await trigger(user, { comment });
  assert.equal((await feed.fetch()).status, "ok");
  return { knock, feed };
}

test("identify", async () => {
  const { knock } = await signIn("identify me");
  const identified = await knock.user.identify({ email: "jane@example.test", plan: "team" });
  assert.equal(identified.email, "jane@example.test");

  const user = await backend.users.update("identify me", { timezone: "Europe/Paris" });
  assert.equal(user.name, "Name of identify me");
  assert.equal(user.plan, "team");
  assert.equal(user.timezone, "Europe/Paris");
  assert.deepEqual(await knock.user.get(), await backend.users.get("identify me"));
  await assert.rejects(backend.users.get("nobody"), { status: 404 });
});

test("trigger", async () => {
  const { knock } = await signIn("trigger-me");
  const run = await backend.workflows.trigger("new-comment", {
    actor: { id: "ada", name: "Ada <b>Moreau</b>" },
    recipients: ["trigger-me", { id: "inline", name: "In Line" }, "never identified"],
    data: { comment: "Looks good", page_id: "p1" },
    tenant: "acme",
  });
  assert.match(run.workflow_run_id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);

  for (const user of ["trigger-me", "inline"]) {
    const { entries, meta } = await serverFeed(user);
    assert.equal(meta.unread_count, 1);
    assert.equal(entries[0].tenant, "acme");
    assert.equal(entries[0].actors[0].id, "ada");
    assert.equal(entries[0].activities.length, 1);
    const [body, actionUrl] = entries[0].blocks;
    assert.match(body.rendered, /Ada &lt;b&gt;Moreau&lt;\/b&gt;.*Looks good/s);
    assert.equal(actionUrl.rendered, "https://example.com/pages/p1");
  }
  assert.deepEqual((await serverFeed("never identified")).entries, []);
  await assert.rejects(backend.workflows.trigger("no-such-flow", { recipients: ["inline"] }), { status: 404 });
  await assert.rejects(backend.workflows.trigger("new-comment", { recipients: [] }), { status: 422 });

  const withPublicKey = new Knock({ apiKey: emulator.public_key, baseURL: emulator.url });
  await assert.rejects(withPublicKey.workflows.trigger("new-comment", { recipients: ["inline"] }), {
    status: 403,
  });
  assert.ok(knock.isAuthenticated());
});

test("fetch", async () => {
  const { feed } = await withItems("fetch", ["one", "two", "three"], { page_size: 2 });
  const comments = () => feed.getState().items.map((item) => item.data.comment);
  assert.deepEqual(comments(), ["three", "two"]);
  assert.deepEqual(
    { ...feed.getState().metadata },
    { __typename: "FeedMetadata", total_count: 3, unread_count: 3, unseen_count: 3 },
  );

  await feed.fetchNextPage();
  await until("the next page is there", () => feed.getState().items.length > 2);
  assert.deepEqual(comments(), ["three", "two", "one"]);
  assert.equal(feed.getState().pageInfo.after, null);

  const paged = [];
  const pages = backend.users.feeds.listItems("fetch", emulator.feed_id, { page_size: 1 });
  for await (const item of pages) paged.push(item.data.comment);
  assert.deepEqual(paged, ["three", "two", "one"]);
  const newest = feed.getState().items[0];
  const since = await serverFeed("fetch", { inserted_at: { gte: newest.inserted_at } });
  assert.deepEqual(since.entries.map((item) => item.id), [newest.id]);
});

test("realtime", async () => {
  const { knock, feed } = await withItems("realtime", ["before"]);
  const received = [];
  feed.on("items.received.realtime", (event) => received.push(event));
  feed.listenForUpdates();
  const joined = () => knock.client().socket?.channels.some((channel) => channel.isJoined());
  await until("the channel is joined", joined);

  await trigger("realtime", { comment: "now" });
  await until("the item arrives", () => received.length > 0);
  assert.equal(received[0].items[0].data.comment, "now");
  assert.equal(received[0].metadata.unread_count, 2);
  assert.deepEqual(feed.getState().items.map((item) => item.data.comment), ["now", "before"]);
});

test("mark read", async () => {
  const { feed } = await withItems("mark-read", ["left alone", "read"]);
  const [item, other] = feed.getState().items;
  const [message] = await feed.markAsRead(item);
  assert.equal(message.id, item.id);
  assert.ok(message.read_at);
  assert.equal(feed.getState().metadata.unread_count, 1);

  const stored = await backend.messages.get(item.id);
  assert.equal(stored.read_at, message.read_at);
  assert.equal(stored.seen_at, null);
  assert.deepEqual(stored.engagement_statuses, ["read"]);
  assert.equal((await backend.messages.get(other.id)).read_at, null);
  const unread = await serverFeed("mark-read", { status: "unread" });
  assert.deepEqual(unread.entries.map((entry) => entry.id), [other.id]);
  assert.equal(unread.meta.unread_count, 1);

  await feed.markAsInteracted(other, { type: "cell_click", action: "https://example.com/x" });
  const interacted = await backend.messages.get(other.id);
  assert.ok(interacted.interacted_at && interacted.read_at);

  await feed.markAsUnread(item);
  assert.equal((await backend.messages.get(item.id)).read_at, null);
});

test("mark all", async () => {
  const { feed } = await withItems("mark-all", ["one", "two", "three"]);
  const bystander = await withItems("bystander", ["not mine"]);
  const operation = await feed.markAllAsRead();
  assert.equal(operation.name, "messages.read");
  assert.equal(feed.getState().metadata.unread_count, 0);

  const done = await until("the operation is completed", async () => {
    const answer = await backend.bulkOperations.get(operation.id);
    return answer.status === "completed" && answer;
  });
  assert.equal(done.success_count, 3);
  const { entries, meta } = await serverFeed("mark-all");
  assert.equal(meta.unread_count, 0);
  assert.ok(entries.every((entry) => entry.read_at && !entry.seen_at));
  assert.equal((await serverFeed("bystander")).meta.unread_count, 1);

  await feed.markAllAsArchived();
  assert.deepEqual((await serverFeed("mark-all")).entries, []);
  assert.equal((await serverFeed("mark-all", { archived: "only" })).entries.length, 3);
  assert.equal(bystander.feed.getState().items.length, 1);
});
