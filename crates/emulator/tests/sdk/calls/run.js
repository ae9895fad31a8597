// Runs the scenario of every call that the official packages export, and says which work.
//
//   node calls/run.js           the table of docs/emulator.md must be the one of this run
//   node calls/run.js --write   makes it so
//   node calls/run.js --only=X  only calls whose name has an X, without the table

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { judge } from "../described.js";
import { startEmulator, within } from "../emulator.js";
import { during, record } from "./record.js";
import { World } from "./scenario.js";
import { keep } from "./table.js";

/** How long one scenario may take. */
const PATIENCE_MS = 180_000;

/** How many scenarios run at a time: those of absent calls wait for the retries of the SDKs. */
const AT_A_TIME = 8;

const WORKFLOWS = {
  "later.toml": `
[[steps]]
type = "delay"
for = "1h"

[[steps]]
type = "in_app"
blocks = [{ type = "text", name = "body", content = "later" }]
`,
};

const SENTENCE = /^The emulator does not have [^.]+\.$/;

process.env.RUST_LOG ??= "warn";
// The SDKs write every refused request to the console; here refusals are wanted, and failures are told below.
const complain = console.error;
console.error = () => {};
const documents = await judge();
record(documents);
const { CLIENT, NODE, OLD_NODE, REACT, walk } = await import("./walk.js");
const suites = {
  [NODE]: await import("./node.js"),
  [OLD_NODE]: await import("./node-0.js"),
  [CLIENT]: await import("./client.js"),
  [REACT]: await import("./react.js"),
};
const { default: Knock } = await import("@knocklabs/node");

const folder = await mkdtemp(join(tmpdir(), "doorbell-"));
for (const [name, text] of Object.entries(WORKFLOWS)) await writeFile(join(folder, name), text);
const emulator = await startEmulator("--clock", "manual", "--workflows", folder);
const backend = new Knock({ apiKey: emulator.secret_key, baseURL: emulator.url });
const world = new World(emulator, backend);
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice(7);

try {
  for (const suite of Object.values(suites)) await suite.begin?.(documents);
  const rows = await inTurn(walk().filter(({ name }) => !only || name.includes(only)), run);
  const strangers = only ? [] : Object.entries(suites).flatMap(([pkg, suite]) => unknown(pkg, suite, rows));
  for (const { package: pkg, name, why } of rows.filter((row) => row.why)) complain(`\n${pkg} ${name}: ${why}`);
  const undescribed = [...new Set(documents.complaints)];
  for (const complaint of [...strangers, ...undescribed]) complain(`\n${complaint}`);
  const count = (outcome) => rows.filter((row) => row.outcome === outcome).length;
  const failed = count("failed") + strangers.length + undescribed.length;
  if (failed > 0) process.exitCode = 1;
  else if (!only) await conclude(rows).catch(refuse);
  console.log(`sdk calls: ${count("works")} work, ${count("absent")} not emulated, ${failed} failed`);
} finally {
  for (const suite of Object.values(suites)) await suite.end?.();
  assert.equal(await emulator.stop(), 0);
  await rm(folder, { recursive: true });
}

/** What became of one call: it works, is absent, or failed and why. */
async function run(call) {
  const suite = suites[call.package];
  const scenario = suite?.scenarios[call.name];
  if (!scenario) return { ...call, outcome: "failed", why: "no scenario proves this call" };
  const { root, ...page } = await suite.subject(call.name, world);
  const method = bound(root, call.name);
  let used = 0;
  const counted = (...options) => {
    used += 1;
    return method(...options);
  };
  try {
    if (scenario.absent) {
      const exchanges = await during(() => assert.rejects(inTime(scenario.absent(counted, world))));
      const refused = exchanges.filter(({ status }) => status === 501);
      assert.ok(refused.length > 0, `no request was answered 501: ${JSON.stringify(exchanges)}`);
      for (const { response } of refused) assert.match(response.message, SENTENCE);
      return { ...call, outcome: "absent" };
    }
    const exchanges = await during(() => inTime(scenario(counted, world, page)));
    assert.ok(used > 0, "the scenario never made the call");
    assert.ok(exchanges.length >= 2, "nothing was read back");
    return { ...call, outcome: "works" };
  } catch (error) {
    return { ...call, outcome: "failed", why: error.stack ?? JSON.stringify(error) };
  } finally {
    await page.close?.();
  }
}

function inTime(scenario) {
  return within("the scenario ends", scenario, PATIENCE_MS);
}

/** What holds of a whole run: that what went over the wire was looked at, and the table. */
async function conclude(rows) {
  const { exchanges, frames } = documents.judged;
  assert.ok(exchanges > rows.length && frames > 50, `only ${exchanges} exchanges and ${frames} frames were judged`);
  await keep(rows, process.argv.includes("--write"));
}

/** Says what is wrong with the run as a whole. */
function refuse(error) {
  process.exitCode = 1;
  complain(`\n${error.generatedMessage ? error.stack : error.message}\n`);
}

/** A method by its dotted name, bound to what it is a method of. */
function bound(root, name) {
  const path = name.split(".");
  const method = path.pop();
  const owner = path.reduce((object, part) => object[part], root);
  return owner[method].bind(owner);
}

/** Scenarios of calls that the package does not export. */
function unknown(pkg, suite, rows) {
  const known = new Set(rows.filter((row) => row.package === pkg).map((row) => row.name));
  return Object.keys(suite.scenarios)
    .filter((name) => !known.has(name))
    .map((name) => `${pkg} ${name}: the package exports no such call`);
}

/** Like `Promise.all(list.map(work))`, with a few under way at a time. */
async function inTurn(list, work) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < list.length) {
      const at = next++;
      results[at] = await work(list[at]);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return results;
}
