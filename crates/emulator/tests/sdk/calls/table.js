// The table in docs/emulator.md: one row for each call, as the last run found it.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";

import { AREAS } from "./walk.js";

const DOCS = new URL("../../../../../docs/emulator.md", import.meta.url);
const BEGIN = "<!-- sdk calls: written by `cargo xtask sdk --write` -->";
const END = "<!-- sdk calls end -->";

/** How much of what belongs to the areas of the emulator must work. */
const SHARE = 0.95;

const WORDS = { works: "works", absent: "501" };

/** Writes the table, or refuses one that is not of this run. */
export async function keep(rows, write) {
  const asked = rows.filter(({ area }) => AREAS.includes(area));
  const working = asked.filter(({ outcome }) => outcome === "works");
  assert.ok(working.length >= SHARE * asked.length, `only ${working.length} of ${asked.length} calls work`);
  const docs = await readFile(DOCS, "utf8");
  const [before, rest] = cut(docs, BEGIN);
  const [, after] = cut(rest, END);
  const next = `${before}${BEGIN}\n\n${render(rows, asked.length, working.length)}\n${END}${after}`;
  if (write) return writeFile(DOCS, next);
  assert.equal(docs, next, "the table in docs/emulator.md is of another run; `cargo xtask sdk --write` renews it");
}

function render(rows, asked, working) {
  const lines = [
    `Of the ${asked} calls for ${AREAS.join(", ")}, ${working} work.`,
    "",
    "| package | call | about | here |",
    "|---|---|---|---|",
    ...rows.map((row) => `| \`${row.package}\` | \`${row.name}\` | ${row.area} | ${WORDS[row.outcome]} |`),
  ];
  return `${lines.join("\n")}\n`;
}

function cut(text, mark) {
  const at = text.indexOf(mark);
  assert.ok(at >= 0, `docs/emulator.md has no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
