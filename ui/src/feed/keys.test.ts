import { expect, test } from "vitest";

import { destination } from "./keys";

test("without a focused row the first on the screen is the start, and only downward keys begin there", () => {
  expect(destination("j", -1, 7, 100)).toBe(7);
  expect(destination("ArrowDown", -1, 0, 100)).toBe(0);
  expect(["k", "ArrowUp", "Home", "End"].map((key) => destination(key, -1, 7, 100))).toEqual([null, null, null, null]);
});

test("keys go up and down, to the ends, and not beyond", () => {
  expect(destination("j", 3, 0, 5)).toBe(4);
  expect(destination("j", 4, 0, 5)).toBe(4);
  expect(destination("k", 0, 0, 5)).toBe(0);
  expect(destination("Home", 4, 0, 5)).toBe(0);
  expect(destination("End", 0, 0, 5)).toBe(4);
});

test("other keys lead nowhere, and no key does in an empty list", () => {
  expect(destination("l", 3, 0, 5)).toBeNull();
  expect(destination("j", -1, 0, 0)).toBeNull();
});
