import type { Action } from "../generated/Action";
import type { FeedView } from "../generated/FeedView";

/** Rows to ask for at first, and to add each time the end comes near. */
export const PAGE = 50;

/** What to ask for when the end of the drawn rows is near: the next rows of the list, older ones from the server, or nothing. */
export function beyond(view: Pick<FeedView, "filter" | "rows" | "length" | "more" | "loading_more">): Action | null {
  const drawn = view.rows.length;
  if (drawn < view.length) return { do: "show", filter: view.filter, first: 0, count: drawn + PAGE };
  if (view.more && !view.loading_more) return { do: "more" };
  return null;
}

/** Says that two questions are the same, so that the second need not be asked. */
export function question(view: Pick<FeedView, "filter" | "rows" | "length">): string {
  return `${view.filter} ${view.rows.length} of ${view.length}`;
}
