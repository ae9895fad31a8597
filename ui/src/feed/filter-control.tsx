import type { Counts } from "../generated/Counts";
import type { Filter } from "../generated/Filter";

type Props = { filter: Filter; counts: Counts | null; choose(filter: Filter): void };

/** All or unread, each with its count once that is known. */
export function FilterControl({ filter, counts, choose }: Props) {
  const part = (value: Filter, label: string, count: number | undefined) => (
    <button type="button" aria-pressed={filter === value} onClick={() => choose(value)}>
      {label}
      {count !== undefined && <span class="count"> {count.toLocaleString()}</span>}
    </button>
  );
  return (
    <div class="segments" role="group" aria-label="Show">
      {part("all", "All", counts?.total)}
      {part("unread", "Unread", counts?.unread)}
    </div>
  );
}
