// One scenario for each call of `@knocklabs/client`: what a page does, its back end sees, or the other way round.

import assert from "node:assert/strict";

import KnockClient from "@knocklabs/client";

import { until } from "../emulator.js";
import { absent, ids } from "./scenario.js";

const COMMENT = "new-comment";
const clients = [];

/** A page with somebody signed in, or nobody yet, and a feed where the call is one of a feed. */
export async function subject(name, world) {
  const knock = signedOut(world);
  const user = await world.user();
  if (name !== "authenticate") knock.authenticate(user);
  if (!name.startsWith("feed.")) return { root: knock, knock, user };
  const feed = knock.feeds.initialize(world.feed);
  return { root: { feed }, knock, user, feed };
}

export function end() {
  for (const client of clients) client.teardown();
}

function signedOut(world) {
  const knock = new KnockClient(world.emulator.public_key, { host: world.emulator.url });
  clients.push(knock);
  return knock;
}

const isJoined = (knock) => knock.client().socket?.channels.some((channel) => channel.isJoined());

/** Fetches two items; the first is the newer one. */
async function twoItems({ user, feed }, world) {
  await world.item(user, { comment: "older" });
  await world.item(user, { comment: "newer" });
  await feed.fetch();
  assert.equal(feed.getState().items.length, 2);
  return feed.getState().items;
}

/** Marks one of two items through the feed; `before` makes it so that there is something to undo. */
const marks = (after, { before = [], args = [] } = {}) =>
  async (call, world, page) => {
    const [item, other] = await twoItems(page, world);
    for (const status of before) await world.backend.messages.batch[status]({ message_ids: [item.id, other.id] });
    await call(item, ...args);
    assert.deepEqual(await world.statuses(item.id), after);
    assert.notDeepEqual(await world.statuses(other.id), after);
  };

/** Marks all of a feed; somebody else's feed stays as it is. */
const marksAll = (after) => async (call, world, page) => {
  const items = await twoItems(page, world);
  const bystander = await world.item(await world.user());
  await world.done(await call(), 2);
  for (const { id } of items) assert.deepEqual(await world.statuses(id), after);
  assert.deepEqual(await world.statuses(bystander), []);
};

const writesSet = (args, wanted) => async (call, world, { user }) => {
  await world.backend.users.setPreferences(user, "default", {
    workflows: { [COMMENT]: true },
    categories: { news: true },
    channel_types: { email: true },
  });
  await call(...args);
  const set = await world.backend.users.getPreferences(user, "default");
  for (const [part, value] of Object.entries(wanted)) assert.deepEqual(set[part], value);
};

const readsSet = (args = []) => async (call, world, { user }) => {
  await world.backend.users.setPreferences(user, "default", { workflows: { [COMMENT]: false } });
  const found = await call(...args);
  const [set] = Array.isArray(found) ? found : [found];
  assert.deepEqual(set.workflows, { [COMMENT]: false });
};

const chat = (world) => ({ tenant: "acme", knockChannelId: world.feed, teamId: "team" });

export const scenarios = {
  client: async (call, world, { user }) => {
    const answer = await call().makeRequest({ method: "PUT", url: `/v1/users/${user}`, data: { plan: "team" } });
    assert.equal(answer.statusCode, "ok");
    assert.equal((await world.backend.users.get(user)).plan, "team");
  },
  authenticate: async (call, world, { knock }) => {
    const id = world.name();
    call({ id, name: "Ann" });
    const user = await until("the user is identified", () => world.backend.users.get(id).catch(() => null));
    assert.equal(user.name, "Ann");
    assert.equal((await knock.user.get()).id, id);
  },
  isAuthenticated: async (call, world, { knock, user }) => {
    assert.equal(call(), true);
    await knock.user.identify({ plan: "team" });
    assert.equal((await world.backend.users.get(user)).plan, "team");
    knock.logout();
    assert.equal(call(), false);
  },
  failIfNotAuthenticated: async (call, world, { knock, user }) => {
    call();
    await knock.user.identify({ plan: "team" });
    assert.equal((await world.backend.users.get(user)).plan, "team");
    knock.logout();
    assert.throws(() => call());
  },
  logout: async (call, world, page) => {
    const feed = page.knock.feeds.initialize(world.feed);
    feed.listenForUpdates();
    await until("the channel is joined", () => isJoined(page.knock));
    const { socket } = page.knock.client();
    call();
    await until("the connection is gone", () => !socket.isConnected());
    assert.equal(page.knock.isAuthenticated(), false);
    await world.item(page.user);
    assert.deepEqual(feed.getState().items, []);
  },
  teardown: async (call, world, { knock, user }) => {
    knock.feeds.initialize(world.feed).listenForUpdates();
    await until("the channel is joined", () => isJoined(knock));
    const { socket } = knock.client();
    call();
    await until("the connection is gone", () => !socket.isConnected());
    assert.ok(await world.item(user), "the service is there still");
  },

  "feeds.initialize": async (call, world, { user }) => {
    const id = await world.item(user);
    const feed = call(world.feed, { archived: "include" });
    await world.backend.messages.archive(id);
    await feed.fetch();
    assert.deepEqual(feed.getState().items.map((item) => item.id), [id]);
  },
  "feeds.removeInstance": async (call, world, { knock, user }) => {
    const feed = knock.feeds.initialize(world.feed);
    assert.ok(knock.feeds.hasInstances());
    call(feed);
    assert.equal(knock.feeds.hasInstances(), false);
    await world.item(user);
    await feed.fetch();
    assert.equal(feed.getState().items.length, 1, "the feed itself goes on");
  },
  "feeds.hasInstances": async (call, world, { knock, user }) => {
    assert.equal(call(), false);
    const feed = knock.feeds.initialize(world.feed);
    assert.equal(call(), true);
    await world.item(user);
    await feed.fetch();
    assert.equal(feed.getState().items.length, 1);
  },
  "feeds.teardownInstances": async (call, world, { knock, user }) => {
    const feed = knock.feeds.initialize(world.feed);
    feed.listenForUpdates();
    await until("the channel is joined", () => isJoined(knock));
    call();
    await until("the channel is left", () => !isJoined(knock));
    await world.item(user);
    assert.deepEqual(feed.getState().items, []);
  },
  "feeds.reinitializeInstances": async (call, world, { knock }) => {
    const feed = knock.feeds.initialize(world.feed);
    feed.listenForUpdates();
    await until("the channel is joined", () => isJoined(knock));
    const next = await world.user();
    knock.userId = next;
    call();
    feed.listenForUpdates();
    const topic = `feeds:${world.feed}:${next}`;
    const joined = () => knock.client().socket.channels.some((one) => one.topic === topic && one.isJoined());
    await until("the feed of the next user is joined", joined);
    await world.item(next, { comment: "for the next" });
    await until("its item arrives", () => feed.getState().items.length === 1);
  },

  "feed.fetch": async (call, world, page) => {
    await world.item(page.user, { comment: "one" });
    await world.item(page.user, { comment: "two" });
    assert.equal((await call({ page_size: 1 })).status, "ok");
    const { items, metadata } = page.feed.getState();
    assert.deepEqual(items.map(({ data }) => data.comment), ["two"]);
    assert.equal(metadata.unread_count, 2);
  },
  "feed.fetchNextPage": async (call, world, page) => {
    await world.item(page.user, { comment: "one" });
    await world.item(page.user, { comment: "two" });
    await page.feed.fetch({ page_size: 1 });
    await call();
    await until("the next page is there", () => page.feed.getState().items.length === 2);
    assert.deepEqual(page.feed.getState().items.map(({ data }) => data.comment), ["two", "one"]);
  },
  "feed.getState": async (call, world, page) => {
    assert.deepEqual(call().items, []);
    const [newer] = await twoItems(page, world);
    assert.equal(call().items[0].id, newer.id);
    assert.equal(call().metadata.total_count, 2);
  },
  "feed.listenForUpdates": async (call, world, { knock, user, feed }) => {
    call();
    await until("the channel is joined", () => isJoined(knock));
    const id = await world.item(user);
    await until("the item arrives", () => feed.getState().items.length === 1);
    assert.equal(feed.getState().items[0].id, id);
    assert.equal(feed.getState().metadata.unseen_count, 1);
  },
  "feed.on": async (call, world, { knock, user, feed }) => {
    const received = [];
    call("items.received.realtime", (event) => received.push(event));
    feed.listenForUpdates();
    await until("the channel is joined", () => isJoined(knock));
    const id = await world.item(user);
    await until("the listener is told", () => received.length === 1);
    assert.deepEqual(received[0].items.map((item) => item.id), [id]);
  },
  "feed.off": async (call, world, { feed, user }) => {
    const pages = [];
    const listener = (event) => pages.push(event);
    feed.on("items.received.page", listener);
    await world.item(user);
    await feed.fetch();
    call("items.received.page", listener);
    await feed.fetch();
    assert.equal(pages.length, 1);
  },
  "feed.reinitialize": async (call, world, { knock, feed }) => {
    const next = await world.user();
    const id = await world.item(next);
    knock.userId = next;
    call();
    await feed.fetch();
    assert.deepEqual(feed.getState().items.map((item) => item.id), [id]);
    assert.equal(feed.socketChannelTopic, `feeds:${world.feed}:${next}`);
  },
  "feed.teardown": async (call, world, { knock, user, feed }) => {
    feed.listenForUpdates();
    await until("the channel is joined", () => isJoined(knock));
    call();
    await until("the channel is left", () => !isJoined(knock));
    await world.item(user);
    assert.deepEqual(feed.getState().items, []);
  },
  "feed.dispose": async (call, world, { knock, user, feed }) => {
    feed.listenForUpdates();
    await until("the channel is joined", () => isJoined(knock));
    call();
    await until("the channel is left", () => !isJoined(knock));
    assert.equal(knock.feeds.hasInstances(), false);
    await world.item(user);
    assert.deepEqual(feed.getState().items, []);
  },
  "feed.handleSocketEvent": async (call, world, { user, feed }) => {
    const id = await world.item(user);
    const metadata = { total_count: 1, unread_count: 1, unseen_count: 1 };
    await call({ event: "new-message", attn: [feed.referenceId], metadata, data: { [feed.referenceId]: { metadata } } });
    await until("the item is fetched", () => feed.getState().items.length === 1);
    assert.equal(feed.getState().items[0].id, id);
    assert.equal((await world.page(user)).meta.unread_count, feed.getState().metadata.unread_count);
  },
  "feed.markAsSeen": marks(["seen"]),
  "feed.markAsRead": marks(["read"]),
  "feed.markAsInteracted": marks(["read", "interacted"], { args: [{ type: "cell_click" }] }),
  "feed.markAsArchived": marks(["archived"]),
  "feed.markAsUnseen": marks([], { before: ["markAsSeen"] }),
  "feed.markAsUnread": marks([], { before: ["markAsRead"] }),
  "feed.markAsUnarchived": marks([], { before: ["archive"] }),
  "feed.markAllAsSeen": marksAll(["seen"]),
  "feed.markAllAsRead": marksAll(["read"]),
  "feed.markAllAsArchived": marksAll(["archived"]),
  "feed.markAllReadAsArchived": marksAll(["archived"]),

  "messages.get": async (call, world, { user }) => {
    const id = await world.item(user, { comment: "Hi" });
    assert.deepEqual([(await call(id)).id, (await call(id)).data.comment], [id, "Hi"]);
  },
  "messages.updateStatus": async (call, world, { user }) => {
    const id = await world.item(user);
    await call(id, "seen");
    await call(id, "interacted", { metadata: { button: "primary" } });
    assert.deepEqual(await world.statuses(id), ["seen", "read", "interacted"]);
  },
  "messages.removeStatus": async (call, world, { user }) => {
    const id = await world.item(user);
    await world.backend.messages.markAsRead(id);
    await world.backend.messages.markAsSeen(id);
    await call(id, "read");
    assert.deepEqual(await world.statuses(id), ["seen"]);
  },
  "messages.batchUpdateStatuses": async (call, world, { user }) => {
    const items = [await world.item(user), await world.item(user)];
    await call(items, "archived");
    await call([items[0]], "unarchived");
    assert.deepEqual([await world.statuses(items[0]), await world.statuses(items[1])], [[], ["archived"]]);
  },
  "messages.bulkUpdateAllStatusesInChannel": async (call, world, { user }) => {
    const [mine, other] = [await world.item(user), await world.item(await world.user())];
    await world.done(await call({ channelId: world.feed, status: "read", options: { user_ids: [user] } }), 1);
    assert.deepEqual([await world.statuses(mine), await world.statuses(other)], [["read"], []]);
  },

  "user.get": async (call, world, { user }) => {
    await world.backend.users.update(user, { plan: "team" });
    assert.equal((await call()).plan, "team");
  },
  "user.identify": async (call, world, { user }) => {
    await call({ email: "jane@example.test" });
    const found = await world.backend.users.get(user);
    assert.deepEqual([found.email, found.name], ["jane@example.test", `Name of ${user}`]);
  },
  "user.getChannelData": async (call, world, { user }) => {
    await world.backend.users.setChannelData(user, "push", { data: { tokens: ["t"] } });
    assert.deepEqual((await call({ channelId: "push" })).data, { tokens: ["t"] });
  },
  "user.setChannelData": async (call, world, { user }) => {
    await call({ channelId: "push", channelData: { tokens: ["t"] } });
    assert.deepEqual((await world.backend.users.getChannelData(user, "push")).data, { tokens: ["t"] });
  },
  "objects.getChannelData": async (call, world) => {
    const [collection, objectId] = await world.object();
    await world.backend.objects.setChannelData(collection, objectId, "push", { data: { tokens: ["t"] } });
    assert.deepEqual((await call({ collection, objectId, channelId: "push" })).data, { tokens: ["t"] });
  },
  "objects.setChannelData": async (call, world) => {
    const [collection, objectId] = await world.object();
    await call({ collection, objectId, channelId: "push", data: { tokens: ["t"] } });
    const { data } = await world.backend.objects.getChannelData(collection, objectId, "push");
    assert.deepEqual(data, { tokens: ["t"] });
  },

  "user.getAllPreferences": readsSet(),
  "user.getPreferences": async (call, world, { user }) => {
    const tenant = await world.tenant({ settings: { preference_set: { workflows: { [COMMENT]: false } } } });
    await world.backend.users.setPreferences(user, "default", { channel_types: { email: true } });
    assert.deepEqual((await call()).channel_types, { email: true });
    assert.deepEqual((await call({ tenant })).workflows, { [COMMENT]: false });
  },
  "user.setPreferences": async (call, world, { user }) => {
    await call({ workflows: { [COMMENT]: false } });
    const run = await world.backend.workflows.trigger(COMMENT, { recipients: [user] });
    assert.deepEqual(await ids(world.backend.messages.list({ workflow_run_id: run.workflow_run_id })), []);
    await call({ workflows: { [COMMENT]: true } });
    assert.ok(await world.item(user));
  },
  "preferences.getAll": readsSet(),
  "preferences.get": readsSet(),
  "preferences.set": writesSet([{ workflows: { [COMMENT]: false } }], { workflows: { [COMMENT]: false } }),
  "preferences.setChannelTypes": writesSet([{ sms: false }], { channel_types: { sms: false }, workflows: { [COMMENT]: true } }),
  "preferences.setChannelType": writesSet(["sms", false], { channel_types: { email: true, sms: false } }),
  "preferences.setWorkflows": writesSet([{ digest: false }], { workflows: { digest: false }, categories: { news: true } }),
  "preferences.setWorkflow": writesSet([COMMENT, false], { workflows: { [COMMENT]: false }, categories: { news: true } }),
  "preferences.setCategories": writesSet([{ sales: false }], { categories: { sales: false }, workflows: { [COMMENT]: true } }),
  "preferences.setCategory": writesSet(["sales", { channel_types: { sms: false } }], {
    categories: { news: true, sales: { channel_types: { sms: false } } },
  }),

  "slack.authCheck": absent((call, world) => call(chat(world))),
  "slack.getChannels": absent((call, world) => call(chat(world))),
  "slack.revokeAccessToken": absent((call, world) => call(chat(world))),
  "msTeams.authCheck": absent((call, world) => call(chat(world))),
  "msTeams.getTeams": absent((call, world) => call(chat(world))),
  "msTeams.getChannels": absent((call, world) => call(chat(world))),
  "msTeams.revokeAccessToken": absent((call, world) => call(chat(world))),
  "user.getGuides": absent((call, world) => call(world.feed, {})),
  "user.markGuideStepAs": absent((call, world) => call("seen", { channel_id: world.feed })),
  "user.resetGuideEngagement": absent((call, world) => call({ channel_id: world.feed, guide_id: "tour" })),
};
