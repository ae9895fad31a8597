import type { Row } from "../generated/Row";

/** How many rows stand above the first one the person has met. */
export function newsAbove(rows: readonly Pick<Row, "id">[], known: ReadonlySet<string>): number {
  const first = rows.findIndex((row) => known.has(row.id));
  return Math.max(first, 0);
}
