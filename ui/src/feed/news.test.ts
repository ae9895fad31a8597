import { expect, test } from "vitest";

import { rowsOf } from "../testing/views";
import { newsAbove } from "./news";

const all = rowsOf(9);
const at = (first: number, rows = all) => ({ first, rows });

test("rows above those that were there are news", () => {
  expect(newsAbove(at(0), at(0, [...rowsOf(2, "new"), ...all]))).toBe(2);
});

test("news are noticed from the middle of the list, where they are not drawn", () => {
  expect(newsAbove(at(100), at(100, [...rowsOf(3, "above"), ...all.slice(0, 6)]))).toBe(3);
});

test("another range of the same list is no news, nor are older rows, nor a list of strangers", () => {
  expect(newsAbove(at(0), at(4, all.slice(4)))).toBe(0);
  expect(newsAbove(at(0), at(0, [...all, ...rowsOf(3, "old")]))).toBe(0);
  expect(newsAbove(at(0), at(0, rowsOf(5, "other")))).toBe(0);
});

test("a row that went away is no news", () => {
  expect(newsAbove(at(0), at(0, all.slice(1)))).toBe(0);
});
