// What back ends and settings pages do, with the SDKs unmodified: each write is read back by another call.

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

async function ids(pages) {
  const all = [];
  for await (const row of pages) all.push(row.id);
  return all;
}

test("preferences from a page", async () => {
  const knock = new KnockClient(emulator.public_key, { host: emulator.url });
  clients.push(knock);
  knock.authenticate({ id: "picky" });
  await until("the user is identified", () => backend.users.get("picky").catch(() => null));

  await knock.user.setPreferences({ workflows: {}, categories: {}, channel_types: { email: true } });
  await knock.preferences.setWorkflow("new-comment", false);
  await knock.preferences.setCategory("collaboration", { channel_types: { in_app_feed: true } });
  await knock.preferences.setChannelType("sms", false);
  const set = await knock.user.getPreferences();
  assert.deepEqual(set.workflows, { "new-comment": false });
  assert.deepEqual(set.channel_types, { email: true, sms: false });
  assert.deepEqual(await backend.users.getPreferences("picky", "default"), set);
  assert.deepEqual(await knock.user.getAllPreferences(), [set]);

  await backend.workflows.trigger("new-comment", { recipients: ["picky"] });
  assert.deepEqual(await ids(backend.users.listMessages("picky")), []);
  await backend.users.setPreferences("picky", "default", {
    __persistence_strategy__: "merge",
    workflows: { "new-comment": true },
  });
  await backend.workflows.trigger("new-comment", { recipients: ["picky"] });
  assert.equal((await ids(backend.users.listMessages("picky"))).length, 1);
});

test("channel data from a page", async () => {
  const knock = new KnockClient(emulator.public_key, { host: emulator.url });
  clients.push(knock);
  knock.authenticate("phone");
  await knock.user.setChannelData({ channelId: "push", channelData: { tokens: ["t"] } });
  assert.deepEqual((await backend.users.getChannelData("phone", "push")).data, { tokens: ["t"] });
  await backend.users.unsetChannelData("phone", "push");
  await assert.rejects(backend.users.getChannelData("phone", "push"), { status: 404 });
});

test("users in bulk, merged, deleted and listed over pages", async () => {
  const users = Array.from({ length: 60 }, (_, n) => ({ id: `bulk-${n}`, name: `Bulk ${n}` }));
  const operation = await backend.users.bulk.identify({ users });
  assert.equal((await backend.bulkOperations.get(operation.id)).success_count, 60);
  const listed = await ids(backend.users.list());
  assert.ok(listed.length > 60 && users.every(({ id }) => listed.includes(id)));

  await backend.workflows.trigger("new-comment", { recipients: ["bulk-1"] });
  const merged = await backend.users.merge("bulk-0", { from_user_id: "bulk-1" });
  assert.equal(merged.name, "Bulk 0");
  assert.equal((await ids(backend.users.listMessages("bulk-0"))).length, 1);
  await backend.users.delete("bulk-0");
  await assert.rejects(backend.users.get("bulk-0"), { status: 404 });
});

test("tenants, objects and subscriptions", async () => {
  await backend.tenants.set("acme", { name: "Acme", settings: { branding: { primary_color: "#111111" } } });
  assert.equal((await backend.tenants.get("acme")).settings.branding.primary_color, "#111111");
  await backend.tenants.bulk.set({ tenants: [{ id: "beta" }] });
  await backend.tenants.bulk.delete({ tenant_ids: ["beta"] });
  assert.deepEqual(await ids(backend.tenants.list()), ["acme"]);

  await backend.objects.set("projects", "apollo", { name: "Apollo" });
  assert.equal((await backend.objects.get("projects", "apollo")).properties.name, "Apollo");
  await backend.objects.addSubscriptions("projects", "apollo", {
    recipients: ["follower", { id: "actor", name: "Act Or" }],
    properties: { role: "reader" },
  });
  await backend.workflows.trigger("new-comment", {
    recipients: [{ collection: "projects", id: "apollo" }],
    actor: "actor",
    tenant: "acme",
  });
  assert.equal((await ids(backend.users.listMessages("follower"))).length, 1);
  assert.equal((await ids(backend.users.listMessages("actor"))).length, 0);
  const subscriptions = [];
  for await (const one of backend.users.listSubscriptions("follower")) subscriptions.push(one);
  assert.equal(subscriptions[0].properties.role, "reader");
  await backend.objects.deleteSubscriptions("projects", "apollo", { recipients: ["follower"] });
  await backend.objects.delete("projects", "apollo");
  assert.deepEqual(await ids(backend.objects.list("projects")), []);
});

test("messages", async () => {
  await backend.workflows.trigger("new-comment", { recipients: [{ id: "reader" }], data: { comment: "Read me" } });
  const [id] = await ids(backend.messages.list({ trigger_data: JSON.stringify({ comment: "Read me" }) }));
  await backend.messages.markAsSeen(id);
  await backend.messages.archive(id);
  assert.deepEqual((await backend.messages.get(id)).engagement_statuses, ["seen", "archived"]);
  assert.match((await backend.messages.getContent(id)).data.blocks[0].rendered, /Read me/);
  const kinds = [];
  for await (const event of backend.messages.listEvents(id)) kinds.push(event.type);
  assert.deepEqual(kinds, ["message.archived", "message.seen", "message.delivered", "message.created"]);
  assert.equal((await ids(backend.messages.listActivities(id))).length, 1);
  assert.equal((await backend.messages.batch.getContent({ message_ids: [id] }))[0].message_id, id);
  await assert.rejects(backend.audiences.listMembers("vip", { maxRetries: 0 }), { status: 501 });
});
