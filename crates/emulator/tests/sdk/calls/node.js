// One scenario for each call of the current `@knocklabs/node`: it does its work, and another call sees it.

import assert from "node:assert/strict";

import { absent, all, ids } from "./scenario.js";

/** The client under test is the one that looks on as well: no call may be judged by itself alone. */
export const subject = (name, world) => ({ root: world.backend });

const COMMENT = "new-comment";
const PREFERENCES = { workflows: { [COMMENT]: false }, channel_types: { email: true } };

/** Marks made one by one, in batches and undone: the call, and what the message then has. */
const marks = (list) =>
  Object.fromEntries(
    list.map(([name, { before = [], args = (id) => [id], after }]) => [
      name,
      async (call, world) => {
        const [id, other] = [await world.item(await world.user()), await world.item(await world.user())];
        for (const status of before) await world.backend.messages.batch[status]({ message_ids: [id, other] });
        await call(...args(id));
        assert.deepEqual(await world.statuses(id), after);
        const untouched = await world.statuses(other);
        assert.notDeepEqual(untouched, after, "the other message is as it was");
      },
    ]),
  );

const batch = (id) => [{ message_ids: [id] }];

/** Calls of users and of objects that are alike: `prefix`, what makes one, and its reference as a recipient. */
const ofRecipients = (prefix, make, reference) => ({
  [`${prefix}.getChannelData`]: async (call, world) => {
    const whom = await make(world);
    await world.backend[prefix].setChannelData(...whom, "push", { data: { tokens: ["t"] } });
    assert.deepEqual((await call(...whom, "push")).data, { tokens: ["t"] });
  },
  [`${prefix}.setChannelData`]: async (call, world) => {
    const whom = await make(world);
    await call(...whom, "push", { data: { tokens: ["a", "b"] } });
    assert.deepEqual((await world.backend[prefix].getChannelData(...whom, "push")).data, { tokens: ["a", "b"] });
  },
  [`${prefix}.unsetChannelData`]: async (call, world) => {
    const whom = await make(world);
    await world.backend[prefix].setChannelData(...whom, "push", { data: { tokens: ["t"] } });
    await call(...whom, "push");
    await assert.rejects(world.backend[prefix].getChannelData(...whom, "push"), { status: 404 });
  },
  [`${prefix}.getPreferences`]: async (call, world) => {
    const whom = await make(world);
    await world.backend[prefix].setPreferences(...whom, "default", PREFERENCES);
    const set = await call(...whom, "default");
    assert.deepEqual(set.workflows, PREFERENCES.workflows);
    assert.deepEqual(set.channel_types, PREFERENCES.channel_types);
  },
  [`${prefix}.listPreferences`]: async (call, world) => {
    const whom = await make(world);
    const tenant = await world.tenant();
    await world.backend[prefix].setPreferences(...whom, "default", PREFERENCES);
    await world.backend[prefix].setPreferences(...whom, tenant, { workflows: { [COMMENT]: true } });
    const sets = await call(...whom);
    assert.deepEqual(sets.map((set) => set.id).sort(), ["default", tenant].sort());
  },
  [`${prefix}.setPreferences`]: async (call, world) => {
    const whom = await make(world);
    await call(...whom, "default", PREFERENCES);
    await call(...whom, "default", { __persistence_strategy__: "merge", workflows: { "welcome-flow": true } });
    const set = await world.backend[prefix].getPreferences(...whom, "default");
    assert.deepEqual(set.workflows, { [COMMENT]: false, "welcome-flow": true });
    await call(...whom, "default", { categories: { collaboration: true } });
    const replaced = await world.backend[prefix].getPreferences(...whom, "default");
    assert.deepEqual(replaced.workflows ?? {}, {});
  },
  [`${prefix}.unsetPreferences`]: async (call, world) => {
    const whom = await make(world);
    await world.backend[prefix].setPreferences(...whom, "default", PREFERENCES);
    await call(...whom, "default");
    assert.equal((await world.backend[prefix].getPreferences(...whom, "default")).workflows, null);
  },
  [`${prefix}.listSchedules`]: async (call, world) => {
    const whom = await make(world);
    await world.schedule(await world.user());
    const schedule = await world.schedule(reference(whom));
    assert.deepEqual(await ids(call(...whom)), [schedule]);
  },
  [`${prefix}.listSubscriptions`]: async (call, world) => {
    const [collection, id] = await world.object();
    const whom = await make(world);
    await world.backend.objects.addSubscriptions(collection, id, { recipients: [reference(whom)], properties: { role: "reader" } });
    const [other] = await world.object();
    await world.backend.objects.addSubscriptions(other, id, { recipients: [reference(whom)] });
    const mode = prefix === "objects" ? { mode: "recipient" } : {};
    assert.equal((await all(call(...whom, mode))).length, 2);
    const [subscription, ...more] = await all(call(...whom, { ...mode, objects: [{ collection, id }] }));
    assert.equal(subscription.object.collection, collection);
    assert.deepEqual(subscription.properties, { role: "reader" });
    assert.deepEqual(more, []);
  },
});

export const scenarios = {
  ...ofRecipients("users", async (world) => [await world.user()], ([id]) => id),
  "users.update": async (call, world) => {
    const id = await world.user({ plan: "team" });
    await call(id, { email: "jane@example.test", timezone: "Europe/Paris" });
    const user = await world.backend.users.get(id);
    assert.deepEqual([user.email, user.plan, user.timezone], ["jane@example.test", "team", "Europe/Paris"]);
  },
  "users.list": async (call, world) => {
    const id = await world.user();
    await world.backend.users.setPreferences(id, "default", PREFERENCES);
    const users = await all(call({ include: ["preferences"], page_size: 7 }));
    const [user] = users.filter((user) => user.id === id);
    assert.deepEqual(user.preferences.workflows, PREFERENCES.workflows);
    assert.equal(new Set(users.map((user) => user.id)).size, users.length, "each once");
  },
  "users.get": async (call, world) => {
    const id = await world.user({ plan: "team" });
    assert.equal((await call(id)).plan, "team");
    await assert.rejects(call("nobody"), { status: 404 });
  },
  "users.delete": async (call, world) => {
    const id = await world.user();
    const item = await world.item(id);
    await call(id);
    await assert.rejects(world.backend.users.get(id), { status: 404 });
    await assert.rejects(world.backend.messages.get(item), { status: 404 });
  },
  "users.merge": async (call, world) => {
    const [to, from] = [await world.user({ plan: "team" }), await world.user({ plan: "free", title: "Chief" })];
    const item = await world.item(from);
    await call(to, { from_user_id: from });
    const user = await world.backend.users.get(to);
    assert.deepEqual([user.plan, user.title], ["team", "Chief"]);
    assert.deepEqual(await ids(world.backend.users.listMessages(to)), [item]);
    await assert.rejects(world.backend.users.get(from), { status: 404 });
  },
  "users.listMessages": async (call, world) => {
    const user = await world.user();
    const [first, second] = [await world.item(user), await world.item(user)];
    await world.item(await world.user());
    assert.deepEqual(await ids(call(user, { page_size: 1 })), [second, first]);
  },
  "users.feeds.listItems": async (call, world) => {
    const user = await world.user();
    const [first, second] = [await world.item(user, { n: 1 }), await world.item(user, { n: 2 })];
    await world.backend.messages.markAsRead(first);
    assert.deepEqual(await ids(call(user, world.feed, { page_size: 1 })), [second, first]);
    assert.deepEqual(await ids(call(user, world.feed, { status: "unread" })), [second]);
    assert.deepEqual(await ids(call(user, world.feed, { trigger_data: JSON.stringify({ n: 1 }) })), [first]);
  },
  "users.feeds.getSettings": async (call, world) => {
    const user = await world.user();
    assert.deepEqual(await call(user, world.feed), { features: { branding_required: false } });
    await assert.rejects(call(user, "00000000-0000-4000-8000-000000000000"), { status: 422 });
    assert.deepEqual((await world.page(user)).entries, [], "the channel with these settings is the feed");
  },
  "users.bulk.identify": async (call, world) => {
    const [a, b] = [world.name(), world.name()];
    const operation = await call({ users: [{ id: a, name: "Ann" }, { id: b, name: "Bob" }] });
    await world.done(operation, 2);
    assert.equal((await world.backend.users.get(b)).name, "Bob");
  },
  "users.bulk.setPreferences": async (call, world) => {
    const users = [await world.user(), await world.user()];
    await world.done(await call({ user_ids: users, preferences: PREFERENCES }), 2);
    assert.deepEqual((await world.backend.users.getPreferences(users[1], "default")).workflows, PREFERENCES.workflows);
  },
  "users.bulk.delete": async (call, world) => {
    const [gone, stays] = [await world.user(), await world.user()];
    await world.done(await call({ user_ids: [gone] }), 1);
    await assert.rejects(world.backend.users.get(gone), { status: 404 });
    assert.equal((await world.backend.users.get(stays)).id, stays);
  },

  ...ofRecipients("objects", (world) => world.object(), ([collection, id]) => ({ collection, id })),
  "objects.listMessages": async (call, world) => {
    const [collection, id] = await world.object();
    const follower = await world.user();
    await world.backend.objects.addSubscriptions(collection, id, { recipients: [follower] });
    const run = await world.backend.workflows.trigger(COMMENT, { recipients: [{ collection, id }] });
    const told = await all(world.backend.messages.list({ workflow_run_id: run.workflow_run_id }));
    assert.deepEqual(told.map(({ recipient }) => recipient), [follower], "an object has no feed of its own");
    assert.deepEqual(await ids(call(collection, id, { workflow_run_id: run.workflow_run_id })), []);
  },
  "objects.list": async (call, world) => {
    const [collection, id] = await world.object();
    await world.backend.objects.set(collection, "two", {});
    assert.deepEqual(await ids(call(collection, { page_size: 1 })), [id, "two"]);
  },
  "objects.get": async (call, world) => {
    const [collection, id] = await world.object({ stage: "open" });
    assert.equal((await call(collection, id)).properties.stage, "open");
  },
  "objects.set": async (call, world) => {
    const [collection, id] = await world.object({ stage: "open" });
    await call(collection, id, { owner: "jane" });
    assert.deepEqual((await world.backend.objects.get(collection, id)).properties, { name: "One", stage: "open", owner: "jane" });
  },
  "objects.delete": async (call, world) => {
    const [collection, id] = await world.object();
    await call(collection, id);
    await assert.rejects(world.backend.objects.get(collection, id), { status: 404 });
  },
  "objects.addSubscriptions": async (call, world) => {
    const [collection, id] = await world.object();
    const [a, b] = [await world.user(), await world.user()];
    await call(collection, id, { recipients: [a, b] });
    const run = await world.backend.workflows.trigger(COMMENT, { recipients: [{ collection, id }], actor: a });
    const sent = await all(world.backend.messages.list({ workflow_run_id: run.workflow_run_id }));
    assert.ok(sent.some((message) => message.recipient === b) && !sent.some((message) => message.recipient === a));
  },
  "objects.deleteSubscriptions": async (call, world) => {
    const [collection, id] = await world.object();
    const [a, b] = [await world.user(), await world.user()];
    await world.backend.objects.addSubscriptions(collection, id, { recipients: [a, b] });
    await call(collection, id, { recipients: [a] });
    const left = await all(world.backend.objects.listSubscriptions(collection, id));
    assert.deepEqual(left.map(({ recipient }) => recipient.id), [b]);
  },
  "objects.bulk.set": async (call, world) => {
    const collection = world.name("things");
    await world.done(await call(collection, { objects: [{ id: "a", n: 1 }, { id: "b", n: 2 }] }), 2);
    assert.equal((await world.backend.objects.get(collection, "b")).properties.n, 2);
  },
  "objects.bulk.delete": async (call, world) => {
    const [collection, id] = await world.object();
    await world.done(await call(collection, { object_ids: [id] }), 1);
    await assert.rejects(world.backend.objects.get(collection, id), { status: 404 });
  },
  "objects.bulk.addSubscriptions": async (call, world) => {
    const [collection, id] = await world.object();
    const user = await world.user();
    await world.done(await call(collection, { subscriptions: [{ id, recipients: [user] }] }), 1);
    assert.equal((await all(world.backend.users.listSubscriptions(user))).length, 1);
  },
  "objects.bulk.deleteSubscriptions": async (call, world) => {
    const [collection, id] = await world.object();
    const user = await world.user();
    await world.backend.objects.addSubscriptions(collection, id, { recipients: [user] });
    await world.done(await call(collection, { subscriptions: [{ id, recipients: [user] }] }), 1);
    assert.deepEqual(await all(world.backend.users.listSubscriptions(user)), []);
  },

  "tenants.set": async (call, world) => {
    const id = await world.tenant();
    await call(id, { settings: { branding: { primary_color: "#111111" } } });
    await call(id, { settings: { preference_set: { workflows: { [COMMENT]: false } } } });
    const tenant = await world.backend.tenants.get(id);
    assert.equal(tenant.name, `Name of ${id}`);
    assert.equal(tenant.settings.branding.primary_color, "#111111");
    assert.deepEqual(await ids(world.backend.users.listMessages(await tenantless(world, id))), []);
  },
  "tenants.get": async (call, world) => {
    const id = await world.tenant();
    assert.equal((await call(id)).name, `Name of ${id}`);
    await assert.rejects(call("no-tenant"), { status: 404 });
  },
  "tenants.list": async (call, world) => {
    const id = await world.tenant();
    assert.ok((await ids(call({ page_size: 3 }))).includes(id));
    assert.deepEqual(await ids(call({ tenant_id: id })), [id]);
  },
  "tenants.delete": async (call, world) => {
    const id = await world.tenant();
    await call(id);
    await assert.rejects(world.backend.tenants.get(id), { status: 404 });
  },
  "tenants.bulk.set": async (call, world) => {
    const [a, b] = [world.name("tenant"), world.name("tenant")];
    await world.done(await call({ tenants: [a, { id: b, name: "Beta" }] }), 2);
    assert.equal((await world.backend.tenants.get(b)).name, "Beta");
    assert.equal((await world.backend.tenants.get(a)).id, a);
  },
  "tenants.bulk.delete": async (call, world) => {
    const id = await world.tenant();
    await world.done(await call({ tenant_ids: [id] }), 1);
    await assert.rejects(world.backend.tenants.get(id), { status: 404 });
  },

  "bulkOperations.get": async (call, world) => {
    const operation = await world.backend.users.bulk.identify({ users: [{ id: world.name() }] });
    const { name, status, success_count } = await call(operation.id);
    assert.deepEqual({ name, status, success_count }, { name: "users.identify", status: "completed", success_count: 1 });
    await assert.rejects(call("00000000-0000-4000-8000-000000000000"), { status: 404 });
  },
  "channels.bulk.updateMessageStatus": async (call, world) => {
    const [user, bystander] = [await world.user(), await world.user()];
    const [a, b, other] = [await world.item(user), await world.item(user), await world.item(bystander)];
    await world.done(await call(world.feed, "read", { recipient_ids: [user] }), 2);
    assert.deepEqual([await world.statuses(a), await world.statuses(b), await world.statuses(other)], [["read"], ["read"], []]);
    for (const [action, after] of [
      ["seen", ["seen", "read"]],
      ["unread", ["seen"]],
      ["unseen", []],
      ["archive", ["archived"]],
      ["unarchive", []],
      ["archived", ["archived"]],
      ["unarchived", []],
      ["interacted", ["read", "interacted"]],
    ]) {
      await call(world.feed, action, { recipient_ids: [user] });
      assert.deepEqual(await world.statuses(a), after, action);
    }
    await call(world.feed, "delete", { recipient_ids: [user] });
    assert.deepEqual(await ids(world.backend.users.listMessages(user)), []);
  },

  "messages.list": async (call, world) => {
    const [tenant, user] = [await world.tenant(), await world.user()];
    const [first, second] = [await world.item(user, { n: 1 }, { tenant }), await world.item(user, { n: 2 }, { tenant })];
    await world.backend.messages.markAsRead(second);
    assert.deepEqual(await ids(call({ tenant, page_size: 1 })), [second, first]);
    assert.deepEqual(await ids(call({ tenant, engagement_status: ["read"] })), [second]);
    assert.deepEqual(await ids(call({ tenant, message_ids: [first] })), [first]);
  },
  "messages.get": async (call, world) => {
    const user = await world.user();
    const id = await world.item(user, { comment: "Hi" });
    const message = await call(id);
    assert.deepEqual([message.recipient, message.data.comment, message.status], [user, "Hi", "delivered"]);
  },
  "messages.getContent": async (call, world) => {
    const id = await world.item(await world.user(), { comment: "Read me" });
    assert.match((await call(id)).data.blocks[0].rendered, /Read me/);
  },
  "messages.listActivities": async (call, world) => {
    const actor = await world.user();
    const id = await world.item(await world.user(), { n: 1 }, { actor });
    const [activity, ...more] = await all(call(id));
    assert.deepEqual([activity.actor.id, activity.data.n, more.length], [actor, 1, 0]);
  },
  "messages.listDeliveryLogs": async (call, world) => {
    const id = await world.item(await world.user());
    assert.deepEqual(await all(call(id)), [], "what is in the app is handed to no provider");
    await assert.rejects(call("no-message").then(), { status: 404 });
  },
  "messages.listEvents": async (call, world) => {
    const id = await world.item(await world.user());
    await world.backend.messages.markAsSeen(id);
    const events = await all(call(id, { page_size: 1 }));
    assert.deepEqual(events.map(({ type }) => type), ["message.seen", "message.delivered", "message.created"]);
  },
  ...marks([
    ["messages.markAsSeen", { after: ["seen"] }],
    ["messages.markAsRead", { after: ["read"] }],
    ["messages.markAsInteracted", { args: (id) => [id, { metadata: { button: "primary" } }], after: ["read", "interacted"] }],
    ["messages.archive", { after: ["archived"] }],
    ["messages.markAsUnseen", { before: ["markAsSeen"], after: [] }],
    ["messages.markAsUnread", { before: ["markAsRead"], after: [] }],
    ["messages.unarchive", { before: ["archive"], after: [] }],
    ["messages.batch.markAsSeen", { args: batch, after: ["seen"] }],
    ["messages.batch.markAsRead", { args: batch, after: ["read"] }],
    ["messages.batch.markAsInteracted", { args: batch, after: ["read", "interacted"] }],
    ["messages.batch.archive", { args: batch, after: ["archived"] }],
    ["messages.batch.markAsUnseen", { args: batch, before: ["markAsSeen"], after: [] }],
    ["messages.batch.markAsUnread", { args: batch, before: ["markAsRead"], after: [] }],
    ["messages.batch.unarchive", { args: batch, before: ["archive"], after: [] }],
  ]),
  "messages.batch.getContent": async (call, world) => {
    const user = await world.user();
    const items = [await world.item(user, { comment: "One" }), await world.item(user, { comment: "Two" })];
    const contents = await call({ message_ids: items });
    assert.deepEqual(contents.map(({ message_id }) => message_id), items);
    assert.match(contents[1].data.blocks[0].rendered, /Two/);
  },

  "workflows.trigger": async (call, world) => {
    const [user, actor, tenant] = [await world.user(), await world.user(), await world.tenant()];
    const inline = world.name();
    const request = { recipients: [user, actor, { id: inline, name: "In Line" }], actor, tenant, data: { comment: "Hi" } };
    const run = await call(COMMENT, request, { idempotencyKey: `key-${user}` });
    assert.deepEqual(await call(COMMENT, request, { idempotencyKey: `key-${user}` }), run, "told twice, done once");
    const sent = await all(world.backend.messages.list({ workflow_run_id: run.workflow_run_id }));
    assert.deepEqual(sent.map(({ recipient }) => recipient).sort(), [user, inline].sort());
    assert.ok(sent.every((message) => message.tenant === tenant && message.actors[0] === actor));
    assert.equal((await world.backend.users.get(inline)).name, "In Line");
  },
  "workflows.cancel": async (call, world) => {
    const [user, other] = [await world.user(), await world.user()];
    await world.backend.workflows.trigger("later", { recipients: [user, other], cancellation_key: user });
    await call("later", { cancellation_key: user, recipients: [user] });
    await world.advance(3600);
    assert.deepEqual(await ids(world.backend.users.listMessages(user)), []);
    assert.equal((await ids(world.backend.users.listMessages(other))).length, 1);
  },

  "schedules.create": async (call, world) => {
    const user = await world.user();
    const [schedule] = await call({ workflow: "reminder-flow", recipients: [user], repeats: [{ frequency: "daily", hours: 9 }] });
    assert.deepEqual(await ids(world.backend.users.listSchedules(user)), [schedule.id]);
  },
  "schedules.update": async (call, world) => {
    const user = await world.user();
    const id = await world.schedule(user);
    await call({ schedule_ids: [id], data: { task: "Rest" } });
    const [schedule] = await all(world.backend.users.listSchedules(user));
    assert.deepEqual(schedule.data, { task: "Rest" });
  },
  "schedules.list": async (call, world) => {
    const [user, tenant] = [await world.user(), await world.tenant()];
    const id = await world.schedule(user, { tenant });
    assert.deepEqual(await ids(call({ workflow: "reminder-flow", tenant })), [id]);
  },
  "schedules.delete": async (call, world) => {
    const user = await world.user();
    const [gone, stays] = [await world.schedule(user), await world.schedule(user)];
    await call({ schedule_ids: [gone] });
    assert.deepEqual(await ids(world.backend.users.listSchedules(user)), [stays]);
  },
  "schedules.bulk.create": async (call, world) => {
    const users = [await world.user(), await world.user()];
    const schedules = users.map((recipient) => ({
      workflow: "reminder-flow",
      recipient,
      repeats: [{ frequency: "weekly", days: ["mon"] }],
    }));
    await world.done(await call({ schedules }), 2);
    assert.equal((await ids(world.backend.users.listSchedules(users[1]))).length, 1);
  },

  "users.guides.getChannel": absent((call, world) => call("jane", world.feed)),
  "users.guides.markMessageAsArchived": absent((call, world) => call("jane", guide(world))),
  "users.guides.markMessageAsInteracted": absent((call, world) => call("jane", guide(world))),
  "users.guides.markMessageAsSeen": absent((call, world) => call("jane", guide(world))),
  "users.guides.resetGuideEngagements": absent((call, world) => call("jane", guide(world))),
  "users.guides.unarchiveGuideMessage": absent((call, world) => call("jane", guide(world))),
  "users.preferenceCenter.generateSignedURL": absent((call) => call("jane")),
  "users.preferenceCenter.getConfig": absent((call) => call("jane")),
  "providers.slack.checkAuth": absent((call, world) => call(world.feed, { access_token_object: "{}" })),
  "providers.slack.listChannels": absent((call, world) => call(world.feed, { access_token_object: "{}" })),
  "providers.slack.revokeAccess": absent((call, world) => call(world.feed, { access_token_object: "{}" })),
  "providers.msTeams.checkAuth": absent((call, world) => call(world.feed, { ms_teams_tenant_object: "{}" })),
  "providers.msTeams.listChannels": absent((call, world) => call(world.feed, { ms_teams_tenant_object: "{}", team_id: "t" })),
  "providers.msTeams.listTeams": absent((call, world) => call(world.feed, { ms_teams_tenant_object: "{}" })),
  "providers.msTeams.revokeAccess": absent((call, world) => call(world.feed, { ms_teams_tenant_object: "{}" })),
  "integrations.census.customDestination": absent((call) => call({ id: 1, jsonrpc: "2.0", method: "test_connection" })),
  "integrations.hightouch.embeddedDestination": absent((call) => call({ id: "1", jsonrpc: "2.0", method: "test_connection" })),
  "workflowRecipientRuns.list": absent((call) => call()),
  "workflowRecipientRuns.get": absent((call) => call("00000000-0000-4000-8000-000000000000")),
  "audiences.addMembers": absent((call) => call("vip", { members: [{ user: { id: "jane" } }] })),
  "audiences.listMembers": absent((call) => call("vip")),
  "audiences.removeMembers": absent((call) => call("vip", { members: [{ user: { id: "jane" } }] })),
};

/** Somebody who got a comment in this tenant, if its preferences let one pass. */
async function tenantless(world, tenant) {
  const user = await world.user();
  await world.item(user, {}, { tenant });
  return user;
}

function guide(world) {
  const id = "00000000-0000-4000-8000-000000000000";
  return { channel_id: world.feed, guide_id: id, guide_key: "tour", guide_step_ref: "step" };
}
