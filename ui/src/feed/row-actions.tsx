import type { Act } from "../act";
import type { Row } from "../generated/Row";
import { ArchiveIcon, ReadIcon, UnarchiveIcon, UnreadIcon } from "../icons";
import { useWords } from "../words";

type Props = { row: Row; reach: 0 | -1; act: Act; markRead(): void };

/** What can be done with a row, shown under the pointer and the focus in a place that is kept free for it. */
export function RowActions({ row, reach, act, markRead }: Props) {
  const { say } = useWords();
  const archive = say(row.archived ? "unarchive" : "archive");
  return (
    <span class="row-actions">
      {/* The same as the mark at the other edge, nearer to the pointer; named and reached by the keyboard there. */}
      <button
        type="button"
        class="small-icon"
        tabIndex={-1}
        aria-hidden="true"
        title={say(row.unread ? "mark-read" : "mark-unread")}
        onClick={markRead}
      >
        {row.unread ? <ReadIcon /> : <UnreadIcon />}
      </button>
      <button
        type="button"
        class="small-icon"
        tabIndex={reach}
        aria-label={archive}
        title={archive}
        onClick={() => act({ do: "mark", ids: [row.id], mark: row.archived ? "unarchived" : "archived" })}
      >
        {row.archived ? <UnarchiveIcon /> : <ArchiveIcon />}
      </button>
    </span>
  );
}
