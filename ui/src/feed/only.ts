import type { Facets } from "../generated/Facets";
import type { Only } from "../generated/Only";

/** Every item. */
export const NOTHING_LEFT_OUT: Only = { tenant: null, workflow: null, category: null, words: "" };

type Part = "tenant" | "workflow" | "category";

/** By what a list can be narrowed, in the order it is offered. */
export const PARTS: readonly Part[] = ["category", "workflow", "tenant"];

const FACET = { tenant: "tenants", workflow: "workflows", category: "categories" } as const satisfies Record<Part, keyof Facets>;

/** What can be chosen of a part: nothing where all items are alike in it. What is chosen stays choosable. */
export function choices(part: Part, facets: Facets, only: Only): string[] {
  const found = facets[FACET[part]];
  const chosen = only[part];
  const all = chosen === null || found.includes(chosen) ? found : [chosen, ...found];
  return all.length > 1 || chosen !== null ? [...all] : [];
}

/** There is something to narrow the list by. */
export function canNarrow(facets: Facets, only: Only): boolean {
  return PARTS.some((part) => choices(part, facets, only).length > 0);
}

/** One of the menus leaves items out. */
export function isNarrowed(only: Only): boolean {
  return PARTS.some((part) => only[part] !== null);
}

/** Items are left out, by a menu or by words. */
export function leavesOut(only: Only): boolean {
  return isNarrowed(only) || only.words !== "";
}
