// Enhanced security mode, with tokens that the back end's SDK signs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import "./browser.js";
import { startEmulator, until } from "./emulator.js";

const { default: KnockClient } = await import("@knocklabs/client");
const { default: Knock } = await import("@knocklabs/node");
const { signUserToken } = await import("@knocklabs/node/lib/tokenSigner");

let emulator;
let backend;
const clients = [];

before(async () => {
  emulator = await startEmulator("--enhanced-security");
  backend = new Knock({ apiKey: emulator.secret_key, baseURL: emulator.url });
});

after(async () => {
  for (const client of clients) client.teardown();
  assert.equal(await emulator.stop(), 0);
});

function page(userId, token) {
  const knock = new KnockClient(emulator.public_key, { host: emulator.url });
  clients.push(knock);
  knock.authenticate({ id: userId }, token);
  return knock;
}

test("a signed token opens the feed and its socket", async () => {
  const token = await signUserToken("jane", { signingKey: emulator.signing_key });
  const knock = page("jane", token);
  await until("the user is identified", () => backend.users.get("jane").catch(() => null));
  const feed = knock.feeds.initialize(emulator.feed_id);
  const received = [];
  feed.on("items.received.realtime", (event) => received.push(event));
  feed.listenForUpdates();
  await until("the channel is joined", () => knock.client().socket?.channels.some((channel) => channel.isJoined()));
  await backend.workflows.trigger("new-comment", { recipients: ["jane"], data: { comment: "signed" } });
  await until("the item arrives", () => received.length > 0);
  assert.equal(received[0].items[0].data.comment, "signed");
});

test("a token of another user opens nothing", async () => {
  const token = await signUserToken("mallory", { signingKey: emulator.signing_key });
  const stolen = await page("jane", token).client().makeRequest({
    method: "GET",
    url: `/v1/users/jane/feeds/${emulator.feed_id}`,
  });
  assert.equal(stolen.statusCode, "error");
  assert.equal(stolen.status, 401);
});

test("without a token a page is refused", async () => {
  const answer = await page("jane").client().makeRequest({ method: "GET", url: "/v1/users/jane" });
  assert.equal(answer.status, 401);
});
