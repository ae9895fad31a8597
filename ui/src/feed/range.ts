import type { Action } from "../generated/Action";
import type { FeedView } from "../generated/FeedView";

/** Rows to ask for at first, and to add each time an end comes near. */
export const PAGE = 50;

/** The most rows that are drawn at once, and that Rust sends. */
export const MOST = 200;

type Range = Pick<FeedView, "filter" | "first" | "rows" | "length" | "more" | "loading_more">;

/** What to ask for when the lower end of the drawn rows is near: the next rows of the list, older ones from the server, or nothing. */
export function below({ filter, first, rows, length, more, loading_more }: Range): Action | null {
  if (first + rows.length < length) {
    const count = rows.length + PAGE;
    if (count <= MOST) return { do: "show", filter, first, count };
    return { do: "show", filter, first: first + PAGE, count: MOST };
  }
  return more && !loading_more ? { do: "more" } : null;
}

/** What to ask for when the upper end of the drawn rows is near. */
export function above({ filter, first }: Range): Action | null {
  return first > 0 ? { do: "show", filter, first: Math.max(first - PAGE, 0), count: MOST } : null;
}

/** Names a question and what was known when it came up: the same one need not be asked again. */
export function question(action: Action, { filter, first, rows, length }: Range): string {
  return JSON.stringify([action, filter, first, rows.length, length]);
}
