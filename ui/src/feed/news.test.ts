import { expect, test } from "vitest";

import { rowsOf } from "../testing/views";
import { newsAbove } from "./news";

test("rows above the first known one are news", () => {
  expect(newsAbove([...rowsOf(2, "new"), ...rowsOf(3)], new Set(["r1", "r2"]))).toBe(2);
});

test("older rows at the end are no news, nor is a list of strangers", () => {
  expect(newsAbove(rowsOf(5), new Set(["r1"]))).toBe(0);
  expect(newsAbove(rowsOf(5), new Set())).toBe(0);
});
