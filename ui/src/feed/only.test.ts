import { expect, test } from "vitest";

import { NOTHING_LEFT_OUT, canNarrow, choices, isNarrowed, leavesOut } from "./only";

const FACETS = { tenants: ["acme"], workflows: ["new-comment", "digest"], categories: [] };

test("only where items differ there is something to choose", () => {
  expect(choices("workflow", FACETS, NOTHING_LEFT_OUT)).toEqual(["new-comment", "digest"]);
  expect(choices("tenant", FACETS, NOTHING_LEFT_OUT)).toEqual([]);
  expect(canNarrow(FACETS, NOTHING_LEFT_OUT)).toBe(true);
  expect(canNarrow({ ...FACETS, workflows: [] }, NOTHING_LEFT_OUT)).toBe(false);
});

test("what is chosen can be seen and left, though no item has it any more", () => {
  const only = { ...NOTHING_LEFT_OUT, tenant: "gone" };
  expect(choices("tenant", { tenants: [], workflows: [], categories: [] }, only)).toEqual(["gone"]);
  expect(choices("tenant", FACETS, { ...only, tenant: "acme" })).toEqual(["acme"]);
});

test("words leave items out, but no menu is narrowed by them", () => {
  const only = { ...NOTHING_LEFT_OUT, words: "ada" };
  expect([isNarrowed(only), leavesOut(only)]).toEqual([false, true]);
  expect(leavesOut(NOTHING_LEFT_OUT)).toBe(false);
});
