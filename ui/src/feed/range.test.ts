import { expect, test } from "vitest";

import { rowsOf } from "../testing/views";
import { above, below } from "./range";

const view = { filter: "unread", first: 0, rows: rowsOf(50), length: 50, more: false, loading_more: false } as const;

test("rows the list has but did not send are asked for first", () => {
  expect(below({ ...view, length: 80, more: true })).toEqual({ do: "show", filter: "unread", first: 0, count: 100 });
});

test("a range that is as large as can be moves along", () => {
  const full = { ...view, rows: rowsOf(200), length: 900 };
  expect(below(full)).toEqual({ do: "show", filter: "unread", first: 50, count: 200 });
  expect(above({ ...full, first: 120 })).toEqual({ do: "show", filter: "unread", first: 70, count: 200 });
  expect(above({ ...full, first: 20 })).toEqual({ do: "show", filter: "unread", first: 0, count: 200 });
});

test("older items are asked for at the end of the list", () => {
  expect(below({ ...view, more: true })).toEqual({ do: "more" });
});

test("nothing is asked for while older items are on their way, or beyond the ends", () => {
  expect(below({ ...view, more: true, loading_more: true })).toBeNull();
  expect(below(view)).toBeNull();
  expect(above(view)).toBeNull();
});
