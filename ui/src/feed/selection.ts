import type { Action } from "../generated/Action";
import type { Mark } from "../generated/Mark";

/** Which items are selected, and from which a range begins. */
export type Selection = { ids: ReadonlySet<string>; anchor: string | null };

export const NONE: Selection = { ids: new Set(), anchor: null };

/** Selects an item, or leaves it out again. */
export function toggled({ ids }: Selection, id: string): Selection {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, anchor: id };
}

/** Selects all items from the anchor to this one as well; `order` is the list's. */
export function extended(selection: Selection, id: string, order: readonly string[]): Selection {
  const from = selection.anchor === null ? -1 : order.indexOf(selection.anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) return toggled({ ...selection, ids: without(selection.ids, id) }, id);
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...selection.ids, ...range]), anchor: selection.anchor };
}

/** Marks what is selected. */
export function marked({ ids }: Selection, mark: Mark): Action {
  return { do: "mark", ids: [...ids], mark };
}

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return new Set([...ids].filter((other) => other !== id));
}
