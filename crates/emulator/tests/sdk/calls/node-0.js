// One scenario for each call of `@knocklabs/node` 0.6, which many back ends still have; another SDK sees what it did.

import assert from "node:assert/strict";

import { Knock } from "knock-node-0";

import { absent, all, ids } from "./scenario.js";

const COMMENT = "new-comment";
const SET = { workflows: { [COMMENT]: false }, channel_types: { email: true } };

const entryIds = ({ entries }) => entries.map(({ id }) => id);
const itemIds = ({ items }) => items.map(({ id }) => id);

/** The client under test; only its host is set. */
export function subject(name, world) {
  return { root: new Knock(world.emulator.secret_key, { host: world.emulator.url }) };
}

/** Calls of users and of objects that are alike; `plural` says how the current SDK calls them. */
const ofRecipients = (plural, make, reference) => {
  const set = (world, whom) => world.backend[plural].getPreferences(...whom, "default");
  const part = (name, args, field, wanted) => [
    `${plural}.${name}`,
    async (call, world) => {
      const whom = await make(world);
      await world.backend[plural].setPreferences(...whom, "default", SET);
      await call(...whom, ...args);
      const { [field]: found, ...rest } = await set(world, whom);
      assert.deepEqual(found, wanted);
      const untouched = field === "workflows" ? "channel_types" : "workflows";
      assert.deepEqual(rest[untouched], SET[untouched], "the other parts are as they were");
    },
  ];
  return {
    [`${plural}.getChannelData`]: async (call, world) => {
      const whom = await make(world);
      await world.backend[plural].setChannelData(...whom, "push", { data: { tokens: ["t"] } });
      assert.deepEqual((await call(...whom, "push")).data, { tokens: ["t"] });
    },
    [`${plural}.setChannelData`]: async (call, world) => {
      const whom = await make(world);
      await call(...whom, "push", { tokens: ["a"] });
      assert.deepEqual((await world.backend[plural].getChannelData(...whom, "push")).data, { tokens: ["a"] });
    },
    [`${plural}.unsetChannelData`]: async (call, world) => {
      const whom = await make(world);
      await world.backend[plural].setChannelData(...whom, "push", { data: { tokens: ["t"] } });
      await call(...whom, "push");
      await assert.rejects(world.backend[plural].getChannelData(...whom, "push"), { status: 404 });
    },
    [`${plural}.getAllPreferences`]: async (call, world) => {
      const whom = await make(world);
      await world.backend[plural].setPreferences(...whom, "default", SET);
      assert.deepEqual((await call(...whom)).map(({ workflows }) => workflows), [SET.workflows]);
    },
    [`${plural}.getPreferences`]: async (call, world) => {
      const whom = await make(world);
      await world.backend[plural].setPreferences(...whom, "default", SET);
      assert.deepEqual((await call(...whom)).channel_types, SET.channel_types);
    },
    [`${plural}.setPreferences`]: async (call, world) => {
      const whom = await make(world);
      await call(...whom, SET);
      assert.deepEqual((await set(world, whom)).workflows, SET.workflows);
      const tenant = await world.tenant();
      await call(...whom, { workflows: { [COMMENT]: true } }, { preferenceSet: tenant });
      assert.deepEqual((await world.backend[plural].getPreferences(...whom, tenant)).workflows, { [COMMENT]: true });
    },
    ...Object.fromEntries([
      part("setChannelTypesPreferences", [{ sms: false }], "channel_types", { sms: false }),
      part("setChannelTypePreferences", ["sms", false], "channel_types", { email: true, sms: false }),
      part("setWorkflowsPreferences", [{ "daily-digest": true }], "workflows", { "daily-digest": true }),
      part("setWorkflowPreferences", ["daily-digest", { channel_types: { sms: true } }], "workflows", {
        [COMMENT]: false,
        "daily-digest": { channel_types: { sms: true } },
      }),
      part("setCategoriesPreferences", [{ news: false }], "categories", { news: false }),
      part("setCategoryPreferences", ["news", false], "categories", { news: false }),
    ]),
    [`${plural}.getSchedules`]: async (call, world) => {
      const whom = await make(world);
      const schedule = await world.schedule(reference(whom));
      assert.deepEqual(entryIds(await call(...whom)), [schedule]);
    },
    [`${plural}.getSubscriptions`]: async (call, world) => {
      const whom = await make(world);
      const [collection, id] = await world.object();
      await world.backend.objects.addSubscriptions(collection, id, { recipients: [reference(whom)] });
      const { entries } = await call(...whom);
      assert.deepEqual(entries.map(({ object }) => object.collection), [collection]);
    },
  };
};

const triggers = async (call, world) => {
  const [user, actor] = [await world.user(), await world.user()];
  const request = { recipients: [user, actor], actor, data: { comment: "Hi" } };
  const { workflow_run_id: run } = await call(COMMENT, request, { idempotencyKey: `old-${user}` });
  await call(COMMENT, request, { idempotencyKey: `old-${user}` });
  const sent = await all(world.backend.messages.list({ workflow_run_id: run }));
  assert.deepEqual(sent.map(({ recipient, data }) => [recipient, data.comment]), [[user, "Hi"]]);
  assert.equal((await ids(world.backend.users.listMessages(user))).length, 1, "told twice, done once");
};

export const scenarios = {
  notify: triggers,
  "workflows.trigger": triggers,
  "workflows.cancel": async (call, world) => {
    const [user, other] = [await world.user(), await world.user()];
    await world.backend.workflows.trigger("later", { recipients: [user, other], cancellation_key: user });
    await call("later", user, { recipients: [user] });
    await world.advance(3600);
    assert.deepEqual(await ids(world.backend.users.listMessages(user)), []);
    assert.equal((await ids(world.backend.users.listMessages(other))).length, 1);
  },
  "workflows.createSchedules": async (call, world) => {
    const user = await world.user();
    const [schedule] = await call("reminder-flow", { recipients: [user], repeats: [{ frequency: "daily", hours: 9 }] });
    assert.deepEqual(await ids(world.backend.users.listSchedules(user)), [schedule.id]);
  },
  "workflows.updateSchedules": async (call, world) => {
    const user = await world.user();
    await call({ schedule_ids: [await world.schedule(user)], data: { task: "Rest" } });
    const [schedule] = await all(world.backend.users.listSchedules(user));
    assert.deepEqual(schedule.data, { task: "Rest" });
  },
  "workflows.listSchedules": async (call, world) => {
    const [user, tenant] = [await world.user(), await world.tenant()];
    const id = await world.schedule(user, { tenant });
    assert.deepEqual(entryIds(await call("reminder-flow", { tenant })), [id]);
  },
  "workflows.deleteSchedules": async (call, world) => {
    const user = await world.user();
    const [gone, stays] = [await world.schedule(user), await world.schedule(user)];
    await call({ schedule_ids: [gone] });
    assert.deepEqual(await ids(world.backend.users.listSchedules(user)), [stays]);
  },
  "bulkOperations.get": async (call, world) => {
    const operation = await world.backend.users.bulk.identify({ users: [{ id: world.name() }] });
    assert.equal((await call(operation.id)).status, "completed");
  },

  ...ofRecipients("users", async (world) => [await world.user()], ([id]) => id),
  "users.identify": async (call, world) => {
    const id = world.name();
    await call(id, { name: "Ann", plan: "team" });
    const user = await world.backend.users.get(id);
    assert.deepEqual([user.name, user.plan], ["Ann", "team"]);
  },
  "users.bulkIdentify": async (call, world) => {
    const [a, b] = [world.name(), world.name()];
    await world.done(await call([{ id: a, name: "Ann" }, { id: b, name: "Bob" }]), 2);
    assert.equal((await world.backend.users.get(b)).name, "Bob");
  },
  "users.get": async (call, world) => {
    const id = await world.user({ plan: "team" });
    assert.equal((await call(id)).plan, "team");
    await assert.rejects(call("nobody"), { status: 404 });
  },
  "users.list": async (call, world) => {
    const id = await world.user();
    const met = [];
    for (let after; after !== null; ) {
      const page = await call({ page_size: 50, after });
      met.push(...entryIds(page));
      after = page.page_info.after;
    }
    assert.ok(met.includes(id));
  },
  "users.delete": async (call, world) => {
    const id = await world.user();
    await call(id);
    await assert.rejects(world.backend.users.get(id), { status: 404 });
  },
  "users.bulkDelete": async (call, world) => {
    const [a, b] = [await world.user(), await world.user()];
    await world.done(await call([a, b]), 2);
    await assert.rejects(world.backend.users.get(b), { status: 404 });
  },
  "users.merge": async (call, world) => {
    const [to, from] = [await world.user(), await world.user({ title: "Chief" })];
    await call(to, from);
    assert.equal((await world.backend.users.get(to)).title, "Chief");
    await assert.rejects(world.backend.users.get(from), { status: 404 });
  },
  "users.getFeed": async (call, world) => {
    const user = await world.user();
    const [first, second] = [await world.item(user, { n: 1 }), await world.item(user, { n: 2 })];
    await world.backend.messages.markAsRead(second);
    assert.deepEqual(entryIds(await call(user, world.feed)), [second, first]);
    assert.deepEqual(entryIds(await call(user, world.feed, { status: "unread" })), [first]);
  },
  "users.bulkSetPreferences": async (call, world) => {
    const users = [await world.user(), await world.user()];
    await world.done(await call(users, SET), 2);
    assert.deepEqual((await world.backend.users.getPreferences(users[1], "default")).workflows, SET.workflows);
  },
  "users.getMessages": async (call, world) => {
    const user = await world.user();
    const id = await world.item(user, { n: 7 });
    await world.item(user);
    assert.deepEqual(itemIds(await call(user, { trigger_data: JSON.stringify({ n: 7 }) })), [id]);
  },

  ...ofRecipients("objects", (world) => world.object(), ([collection, id]) => ({ collection, id })),
  "objects.get": async (call, world) => {
    const [collection, id] = await world.object({ stage: "open" });
    assert.equal((await call(collection, id)).properties.stage, "open");
  },
  "objects.set": async (call, world) => {
    const collection = world.name("things");
    await call(collection, "one", { stage: "open" });
    assert.equal((await world.backend.objects.get(collection, "one")).properties.stage, "open");
  },
  "objects.list": async (call, world) => {
    const [collection, id] = await world.object();
    assert.deepEqual(entryIds(await call(collection)), [id]);
  },
  "objects.bulkSet": async (call, world) => {
    const collection = world.name("things");
    await world.done(await call(collection, [{ id: "a", n: 1 }, { id: "b", n: 2 }]), 2);
    assert.equal((await world.backend.objects.get(collection, "b")).properties.n, 2);
  },
  "objects.delete": async (call, world) => {
    const [collection, id] = await world.object();
    await call(collection, id);
    await assert.rejects(world.backend.objects.get(collection, id), { status: 404 });
  },
  "objects.bulkDelete": async (call, world) => {
    const [collection, id] = await world.object();
    await world.done(await call(collection, [id]), 1);
    await assert.rejects(world.backend.objects.get(collection, id), { status: 404 });
  },
  "objects.bulkAddSubscriptions": async (call, world) => {
    const [collection, id] = await world.object();
    const user = await world.user();
    await world.done(await call(collection, [{ id, recipients: [user] }]), 1);
    assert.equal((await all(world.backend.users.listSubscriptions(user))).length, 1);
  },
  "objects.listSubscriptions": async (call, world) => {
    const [collection, id] = await world.object();
    const user = await world.user();
    await world.backend.objects.addSubscriptions(collection, id, { recipients: [user] });
    assert.deepEqual((await call(collection, id)).entries.map(({ recipient }) => recipient.id), [user]);
  },
  "objects.addSubscriptions": async (call, world) => {
    const [collection, id] = await world.object();
    const user = await world.user();
    await call(collection, id, { recipients: [user], properties: { role: "reader" } });
    const [subscription] = await all(world.backend.users.listSubscriptions(user));
    assert.deepEqual(subscription.properties, { role: "reader" });
  },
  "objects.deleteSubscriptions": async (call, world) => {
    const [collection, id] = await world.object();
    const user = await world.user();
    await world.backend.objects.addSubscriptions(collection, id, { recipients: [user] });
    await call(collection, id, { recipients: [user] });
    assert.deepEqual(await all(world.backend.users.listSubscriptions(user)), []);
  },
  "objects.getMessages": async (call, world) => {
    const [collection, id] = await world.object();
    const follower = await world.user();
    await world.backend.objects.addSubscriptions(collection, id, { recipients: [follower] });
    await world.backend.workflows.trigger("new-comment", { recipients: [{ collection, id }] });
    assert.equal((await ids(world.backend.users.listMessages(follower))).length, 1);
    assert.deepEqual((await call(collection, id)).items, [], "an object has no feed of its own");
  },

  "messages.list": async (call, world) => {
    const [user, tenant] = [await world.user(), await world.tenant()];
    const [first, second] = [await world.item(user, {}, { tenant }), await world.item(user, {}, { tenant })];
    await world.backend.messages.markAsSeen(first);
    assert.deepEqual(itemIds(await call({ tenant })), [second, first]);
    assert.deepEqual(itemIds(await call({ tenant, engagement_status: ["seen"] })), [first]);
  },
  "messages.get": async (call, world) => {
    const user = await world.user();
    assert.equal((await call(await world.item(user))).recipient, user);
  },
  "messages.getContent": async (call, world) => {
    const id = await world.item(await world.user(), { comment: "Read me" });
    assert.match((await call(id)).data.blocks[0].rendered, /Read me/);
  },
  "messages.getEvents": async (call, world) => {
    const id = await world.item(await world.user());
    await world.backend.messages.markAsRead(id);
    assert.equal((await call(id)).items[0].type, "message.read");
  },
  "messages.getActivities": async (call, world) => {
    const actor = await world.user();
    const id = await world.item(await world.user(), {}, { actor });
    assert.deepEqual((await call(id)).items.map((activity) => activity.actor.id), [actor]);
  },
  "messages.setStatus": async (call, world) => {
    const id = await world.item(await world.user());
    for (const status of ["seen", "read", "archived"]) await call(id, status);
    await call(id, "interacted", { button: "primary" });
    assert.deepEqual(await world.statuses(id), ["seen", "read", "interacted", "archived"]);
  },
  "messages.deleteStatus": async (call, world) => {
    const id = await world.item(await world.user());
    await world.backend.messages.markAsRead(id);
    await world.backend.messages.archive(id);
    await call(id, "read");
    assert.deepEqual(await world.statuses(id), ["archived"]);
  },
  "messages.batchSetStatus": async (call, world) => {
    const user = await world.user();
    const items = [await world.item(user), await world.item(user)];
    await call(items, "read");
    await call([items[0]], "unread");
    assert.deepEqual([await world.statuses(items[0]), await world.statuses(items[1])], [[], ["read"]]);
  },

  "tenants.list": async (call, world) => {
    const id = await world.tenant();
    assert.deepEqual(entryIds(await call({ tenant_id: id })), [id]);
  },
  "tenants.get": async (call, world) => {
    const id = await world.tenant();
    assert.equal((await call(id)).id, id);
  },
  "tenants.set": async (call, world) => {
    const id = world.name("tenant");
    await call(id, { name: "Acme", settings: { branding: { primary_color: "#111111" } } });
    const tenant = await world.backend.tenants.get(id);
    assert.deepEqual([tenant.name, tenant.settings.branding.primary_color], ["Acme", "#111111"]);
  },
  "tenants.delete": async (call, world) => {
    const id = await world.tenant();
    await call(id);
    await assert.rejects(world.backend.tenants.get(id), { status: 404 });
  },

  "slack.getChannels": absent((call, world) => call({ tenant: "acme", knockChannelId: world.feed })),
  "slack.authCheck": absent((call, world) => call({ tenant: "acme", knockChannelId: world.feed })),
  "slack.revokeAccessToken": absent((call, world) => call({ tenant: "acme", knockChannelId: world.feed })),
};
