import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import { useWords } from "../words";
import { leavesOut } from "./only";

/** What stands below the last row: older ones are coming, or can be asked for. */
export function ListEnd({ view, act }: { view: FeedView; act: Act }) {
  const { say } = useWords();
  if (view.loading_more) {
    return (
      <div class="end" role="status">
        <p>{say("fetching-older")}</p>
        <div class="slow" aria-hidden="true" />
      </div>
    );
  }
  if (!view.more || view.first + view.rows.length < view.length) return null;
  return (
    <p class="end">
      <button type="button" class="button" onClick={() => act({ do: "more" })}>
        {say(leavesOut(view.only) ? "search-older" : "show-older")}
      </button>
    </p>
  );
}
