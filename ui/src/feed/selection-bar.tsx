import type { Act } from "../act";
import type { Filter } from "../generated/Filter";
import type { Mark } from "../generated/Mark";
import { CloseIcon } from "../icons";
import { useWords } from "../words";
import { marked, type Selection } from "./selection";

type Props = { selection: Selection; filter: Filter; act: Act; end(): void };

/** What can be done with the selected items, in place of the filters. */
export function SelectionBar({ selection, filter, act, end }: Props) {
  const { say } = useWords();
  const one = (label: string, mark: Mark) => (
    <button
      type="button"
      class="button"
      disabled={selection.ids.size === 0}
      onClick={() => {
        act(marked(selection, mark));
        end();
      }}
    >
      {label}
    </button>
  );
  return (
    <div class="selection" role="toolbar" aria-label={say("selection")}>
      <button type="button" class="icon" aria-label={say("selection-end")} title={say("selection-end")} onClick={end}>
        <CloseIcon />
      </button>
      <span class="selected-count" role="status">
        {say("selected", { count: selection.ids.size })}
      </span>
      <span class="gap" />
      {one(say("read"), "read")}
      {one(say("unread"), "unread")}
      {filter === "archived" ? one(say("unarchive"), "unarchived") : one(say("archive"), "archived")}
    </div>
  );
}
