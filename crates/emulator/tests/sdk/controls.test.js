// Time that a test moves, and faults that the SDKs live through.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import "./browser.js";
import { startEmulator, until } from "./emulator.js";

const { default: KnockClient } = await import("@knocklabs/client");
const { default: Knock } = await import("@knocklabs/node");

const DIGEST = `
[[steps]]
type = "batch"
window = "1h"

[[steps]]
type = "in_app"

[[steps.blocks]]
type = "markdown"
name = "body"
content = "{{ total_activities }} comments, the last by {{ actor.name }}"
`;

let folder;
let emulator;
let backend;
const clients = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "doorbell-"));
  await writeFile(join(folder, "digest.toml"), DIGEST);
  emulator = await startEmulator("--clock", "manual", "--workflows", folder);
  backend = new Knock({ apiKey: emulator.secret_key, baseURL: emulator.url });
});

after(async () => {
  for (const client of clients) client.teardown();
  assert.equal(await emulator.stop(), 0);
  await rm(folder, { recursive: true });
});

async function control(path, body) {
  const response = await fetch(`${emulator.url}/_emulator/${path}`, { method: "POST", body: JSON.stringify(body) });
  assert.ok(response.ok, `${path}: ${response.status}`);
}

async function bodies(user) {
  const page = await backend.users.feeds.listItems(user, emulator.feed_id);
  return page.entries.map((item) => item.blocks[0].rendered);
}

test("a batch is an hour long in no time, and a cancelled trigger is not in it", async () => {
  for (const name of ["Ann", "Bob", "Cleo"]) {
    await backend.workflows.trigger("digest", {
      recipients: [{ id: "jane" }],
      actor: { id: name, name },
      cancellation_key: name,
    });
  }
  await backend.workflows.cancel("digest", { cancellation_key: "Cleo", recipients: ["jane"] });
  await control("clock", { advance_seconds: 3599 });
  assert.deepEqual(await bodies("jane"), []);
  await control("clock", { advance_seconds: 1 });
  assert.deepEqual(await bodies("jane"), ["<p>2 comments, the last by Bob</p>"]);
});

test("the client comes back after its connection was cut and a request failed", async () => {
  const knock = new KnockClient(emulator.public_key, { host: emulator.url });
  clients.push(knock);
  knock.authenticate("restless");
  const feed = knock.feeds.initialize(emulator.feed_id);
  const received = [];
  feed.on("items.received.realtime", (event) => received.push(event));
  feed.listenForUpdates();
  const joined = () => knock.client().socket?.channels.some((channel) => channel.isJoined());
  await until("the channel is joined", joined);
  await control("sockets/close", { code: 1006 });
  await until("the connection is cut", () => !joined());
  await until("the channel is joined again", joined);
  await control("faults", { requests: { times: 1, status: 503 } });
  assert.equal((await feed.fetch()).status, "ok");
  await backend.workflows.trigger("new-comment", { recipients: [{ id: "restless" }], data: { comment: "still here" } });
  await until("the item arrives", () => received.length > 0);
  assert.equal(received[0].items[0].data.comment, "still here");
});

test("a schedule comes round", async () => {
  const [schedule] = await backend.schedules.create({
    workflow: "reminder-flow",
    recipients: [{ id: "planner" }],
    repeats: [{ frequency: "daily", hours: 9 }],
    data: { task: "Water the plants" },
  });
  await control("clock", { advance_seconds: 3 * 86_400 });
  assert.equal((await bodies("planner")).length, 3);
  assert.match((await bodies("planner"))[0], /Water the plants/);
  const updated = await backend.schedules.update({ schedule_ids: [schedule.id], data: { task: "Rest" } });
  assert.deepEqual(updated[0].data, { task: "Rest" });
  const listed = [];
  for await (const one of backend.schedules.list({ workflow: "reminder-flow" })) listed.push(one.id);
  for await (const one of backend.users.listSchedules("planner")) listed.push(one.id);
  assert.deepEqual(listed, [schedule.id, schedule.id]);
  await backend.schedules.delete({ schedule_ids: [schedule.id] });
  await control("clock", { advance_seconds: 86_400 });
  assert.equal((await bodies("planner")).length, 3);
});

test("a changed file counts, a broken one leaves what was", async () => {
  const changed = () => backend.workflows.trigger("changed", { recipients: [{ id: "editor" }] }, { maxRetries: 0 });
  await assert.rejects(changed(), { status: 404 });
  const step = (content) =>
    `[[steps]]\ntype = "in_app"\nblocks = [{ type = "text", name = "body", content = "${content}" }]`;
  await writeFile(join(folder, "changed.toml"), step("one"));
  await until("the new file counts", () => changed().catch(() => null));
  await writeFile(join(folder, "changed.toml"), step("two"));
  await until("the change counts", async () => {
    await changed();
    return (await bodies("editor")).includes("two");
  });
  await writeFile(join(folder, "changed.toml"), step("{{ x | shout }}"));
  await writeFile(join(folder, "later.toml"), step("later"));
  const later = () => backend.workflows.trigger("later", { recipients: [{ id: "editor" }] }, { maxRetries: 0 });
  await until("a file after the broken one counts", () => later().catch(() => null));
  await changed();
  assert.equal((await bodies("editor"))[0], "two");
});

test("a reset forgets everybody", async () => {
  await backend.users.update("forgotten", { name: "For Gotten" });
  await control("reset");
  await assert.rejects(backend.users.get("forgotten"), { status: 404 });
});
