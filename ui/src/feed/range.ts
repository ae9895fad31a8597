import type { Action } from "../generated/Action";
import type { FeedView } from "../generated/FeedView";
import type { Only } from "../generated/Only";
import { leavesOut } from "./only";

/** Rows to ask for at first. */
export const PAGE = 50;

/** The most rows that Rust sends. */
export const MOST = 200;

type Range = Pick<FeedView, "filter" | "only" | "first" | "rows" | "length" | "more" | "loading_more">;

/**
 * What to ask for when the rows from number `from` to number `to` are on the screen: those and some around them where they
 * are not there, older ones from the server near the end of the list, or nothing.
 */
export function wanted(view: Range, from: number, to: number): Action | null {
  const { filter, only, first, rows, length, more, loading_more } = view;
  const above = Math.max(from - NEAR, 0) < first;
  const below = Math.min(to + NEAR + 1, length) > first + rows.length;
  if (above || below) {
    const start = Math.max(from - AROUND, 0);
    return { do: "show", filter, only, first: start, count: Math.min(Math.max(to + 1 + AROUND - start, PAGE), MOST) };
  }
  // A search goes through what is loaded; it must not drag the whole feed in by itself.
  return to + NEAR + 1 >= length && more && !loading_more && !leavesOut(only) ? { do: "more" } : null;
}

/** Asks for the list from its top, with something about it changed. */
export function show(
  { filter, only }: Pick<FeedView, "filter" | "only">,
  changes: { filter?: FeedView["filter"]; only?: Partial<Only> },
): Action {
  return { do: "show", filter: changes.filter ?? filter, only: { ...only, ...changes.only }, first: 0, count: PAGE };
}

/** Names a question and what was known when it came up: the same one need not be asked again. */
export function question(action: Action, { filter, only, first, rows, length }: Range): string {
  return JSON.stringify([action, filter, only, first, rows.length, length]);
}

/** Rows so near to the screen must be there. */
const NEAR = 12;

/** So many are asked for on both sides of it. */
const AROUND = 60;
