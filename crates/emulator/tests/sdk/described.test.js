// The documents pass their linters, and describe what was recorded.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { before, test } from "node:test";
import { promisify } from "node:util";

import { Parser } from "@asyncapi/parser";

import { judge, path } from "./described.js";

const PHOENIX = new URL("../../../phoenix/tests/transcripts/", import.meta.url);
const EXAMPLES = new URL("../../../knock/tests/fixtures/examples/", import.meta.url);
const here = new URL(".", import.meta.url).pathname;

let documents;

before(async () => {
  documents = await judge();
});

test("AsyncAPI's own parser finds nothing to say", async () => {
  const { document, diagnostics } = await new Parser().parse(await readFile(path("asyncapi.yaml"), "utf8"));
  assert.deepEqual(diagnostics, []);
  assert.ok(document);
});

for (const name of ["openapi.yaml", "asyncapi.yaml"]) {
  test(`the linter finds nothing to say of ${name}`, async () => {
    const lint = ["node_modules/@redocly/cli/bin/cli.js", "lint", "--config", "redocly.yaml", path(name)];
    const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
    await promisify(execFile)(process.execPath, lint, { cwd: here, env });
  });
}

test("recorded conversations about feeds are of the messages described", async () => {
  const names = (await readdir(PHOENIX)).filter((name) => name.includes("-knock-"));
  let frames = 0;
  for (const name of names) {
    const lines = (await readFile(new URL(name, PHOENIX), "utf8")).trim().split("\n");
    for (const { dir, op, data } of lines.map((line) => JSON.parse(line))) {
      if (op !== "text" || !isOfKnock(data)) continue;
      documents.frame(dir === "client>server" ? "sent" : "received", data);
      frames += 1;
    }
  }
  assert.deepEqual(documents.complaints.splice(0), []);
  assert.ok(frames > 50, `only ${frames} frames were judged`);
});

/** Events that exist only on the channel that the recording drove the server with are of no Knock. */
function isOfKnock(text) {
  const [, , topic] = JSON.parse(text);
  return topic === "phoenix" || topic.startsWith("feeds:");
}

const BODIES = {
  "feed-page-rich.json": "FeedPage",
  "feed-page-compact.json": "FeedPage",
  "feed-page-before-cursor.json": "FeedPage",
  "feed-empty.json": "FeedPage",
  "user.json": "User",
  "preference-set.json": "PreferenceSet",
};

for (const [name, schema] of Object.entries(BODIES)) {
  test(`${name} is of the schema ${schema}`, async () => {
    const body = JSON.parse(await readFile(new URL(name, EXAMPLES), "utf8"));
    assert.equal(documents.body(schema, body.response ?? body), undefined);
  });
}

test("what is not described is noticed", () => {
  documents.frame("received", '[null,null,"feeds:f:u","new-message",{"event":"new-message"}]');
  documents.frame("sent", '["1","1","feeds:f:u","phx_reply",{"status":"ok","response":{}}]');
  documents.exchange({ method: "GET", path: "/v1/users/jane", status: 200, response: { name: "Jane" } });
  documents.exchange({ method: "GET", path: "/v1/users/jane", status: 418, response: {} });
  documents.exchange({ method: "GET", path: "/v1/nothing", status: 200, response: {} });
  assert.equal(documents.complaints.splice(0).length, 5);
});
