import { expect, test } from "vitest";

import { rowsOf } from "../testing/views";
import { NOTHING_LEFT_OUT } from "./only";
import { show as ask, wanted } from "./range";

const only = NOTHING_LEFT_OUT;
const view = { filter: "unread", only, first: 0, rows: rowsOf(50), length: 50, more: false, loading_more: false } as const;
const show = { do: "show", filter: "unread", only };

test("rows on the screen that were not sent are asked for, with some around them", () => {
  expect(wanted({ ...view, length: 10_000 }, 5_000, 5_010)).toEqual({ ...show, first: 4_940, count: 131 });
});

test("rows are asked for before they come on the screen, downward and upward", () => {
  expect(wanted({ ...view, length: 80 }, 20, 30)).toBeNull();
  expect(wanted({ ...view, length: 80 }, 30, 40)).toEqual({ ...show, first: 0, count: 101 });
  expect(wanted({ ...view, first: 100, length: 500 }, 115, 125)).toBeNull();
  expect(wanted({ ...view, first: 100, length: 500 }, 105, 115)).toEqual({ ...show, first: 45, count: 131 });
});

test("never more than can be sent is asked for, nor less than a page", () => {
  expect(wanted({ ...view, length: 900 }, 200, 700)).toEqual({ ...show, first: 140, count: 200 });
  expect(wanted({ ...view, rows: [], length: 900 }, 0, 3)).toMatchObject({ first: 0, count: 64 });
});

test("older items are asked for near the end of the list, and once", () => {
  expect(wanted({ ...view, more: true }, 30, 40)).toEqual({ do: "more" });
  expect(wanted({ ...view, more: true }, 20, 30)).toBeNull();
  expect(wanted({ ...view, more: true, loading_more: true }, 30, 40)).toBeNull();
});

test("a search asks for nothing older by itself", () => {
  expect(wanted({ ...view, more: true, only: { ...only, words: "ada" } }, 30, 40)).toBeNull();
});

test("at the ends of a list that is here nothing is asked for", () => {
  expect(wanted(view, 0, 8)).toBeNull();
  expect(wanted(view, 42, 49)).toBeNull();
});

test("a change starts at the top and keeps the rest", () => {
  const shown = { filter: "unread", only: { ...NOTHING_LEFT_OUT, words: "ada" } } as const;
  expect(ask(shown, { only: { tenant: "acme" } })).toEqual({
    do: "show",
    filter: "unread",
    only: { tenant: "acme", workflow: null, category: null, words: "ada" },
    first: 0,
    count: 50,
  });
});
