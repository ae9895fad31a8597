import { expect, test } from "vitest";

import { NONE, extended, marked, toggled } from "./selection";

const ORDER = ["a", "b", "c", "d", "e"];
const ids = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].toSorted();

test("an item is selected and left out again", () => {
  const one = toggled(NONE, "b");
  expect(ids(one)).toEqual(["b"]);
  expect(ids(toggled(one, "b"))).toEqual([]);
});

test("a range goes from the last one that was chosen, in both directions", () => {
  expect(ids(extended(toggled(NONE, "b"), "d", ORDER))).toEqual(["b", "c", "d"]);
  expect(ids(extended(toggled(NONE, "d"), "b", ORDER))).toEqual(["b", "c", "d"]);
});

test("a second range goes from the same item, and what was selected stays", () => {
  const first = extended(toggled(toggled(NONE, "e"), "a"), "b", ORDER);
  expect(ids(extended(first, "c", ORDER))).toEqual(["a", "b", "c", "e"]);
});

test("a range without a beginning is one item, selected for sure", () => {
  expect(ids(extended(NONE, "c", ORDER))).toEqual(["c"]);
  expect(ids(extended({ ids: new Set(["c"]), anchor: "gone" }, "c", ORDER))).toEqual(["c"]);
});

test("what is selected is marked at once", () => {
  expect(marked(extended(toggled(NONE, "a"), "b", ORDER), "archived")).toEqual({ do: "mark", ids: ["a", "b"], mark: "archived" });
});
