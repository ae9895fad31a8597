import type { Row } from "../generated/Row";

/** Rows and the number of the first of them within the list. */
export type Stretch = { first: number; rows: readonly Pick<Row, "id">[] };

/** How many rows have come above the ones that were there before. */
export function newsAbove(before: Stretch, after: Stretch): number {
  const places = new Map(before.rows.map((row, index) => [row.id, before.first + index]));
  const met = after.rows.findIndex((row) => places.has(row.id));
  const place = places.get(after.rows[met]?.id ?? "");
  return place === undefined ? 0 : Math.max(after.first + met - place, 0);
}
