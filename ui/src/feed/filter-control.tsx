import type { Counts } from "../generated/Counts";
import type { Filter } from "../generated/Filter";
import { useWords } from "../words";

type Props = { filter: Filter; counts: Counts | null; choose(filter: Filter): void };

/** Which items are listed, each choice with its count once that is known. */
export function FilterControl({ filter, counts, choose }: Props) {
  const { say, locale } = useWords();
  const part = (value: Filter, label: string, count: number | null | undefined) => (
    <button type="button" aria-pressed={filter === value} onClick={() => choose(value)}>
      <span>{label}</span>
      {count !== null && count !== undefined && (
        <span class="count" title={count.toLocaleString(locale)}>
          {" "}
          {brief(count, locale)}
        </span>
      )}
    </button>
  );
  return (
    <div class="segments" role="group" aria-label={say("filter")}>
      {part("all", say("filter-all"), counts?.total)}
      {part("unread", say("filter-unread"), counts?.unread)}
      {part("read", say("filter-read"), counts && Math.max(counts.total - counts.unread, 0))}
      {part("archived", say("filter-archived"), counts?.archived)}
    </div>
  );
}

/** Four numbers share a line; of a large one its size is enough. */
function brief(count: number, locale: string): string {
  return count < 1000 ? String(count) : count.toLocaleString(locale, { notation: "compact", maximumFractionDigits: 1 });
}
