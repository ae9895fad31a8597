import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import type { Filter } from "../generated/Filter";
import { ConnectionDot } from "./connection-dot";
import { FilterControl } from "./filter-control";
import { several } from "../place";
import { OverflowMenu } from "./overflow-menu";
import { Switcher } from "./switcher";

type Props = { view: FeedView; act: Act; now: Date; choose(filter: Filter): void };

/** Whose feed this is, how it stands, what is shown, and what can be done with all of it. */
export function TopBar({ view, act, now, choose }: Props) {
  const place = (feed: string) => [feed, view.host].filter((part) => part !== null).join(" · ");
  return (
    <header class="top-bar">
      <div class="account">
        <ConnectionDot connection={view.connection} now={now} />
        {several(view) ? <Switcher view={view} act={act} /> : <h1 title={view.user}>{view.user}</h1>}
        <span class="place" title={place(view.feed)}>
          {place(brief(view.feed))}
        </span>
      </div>
      <div class="tools">
        <FilterControl filter={view.filter} counts={view.loaded ? view.counts : null} choose={choose} />
        <span class="gap" />
        <button
          type="button"
          class="icon mark-all"
          aria-label="Mark all read"
          title="Mark all read"
          disabled={view.counts.unread === 0}
          onClick={() => act({ do: "mark_all", mark: "read" })}
        >
          <svg width="20" height="16" viewBox="0 0 20 16" aria-hidden="true" focusable="false" fill="none">
            <path
              d="m1.5 8.5 3.5 3.5 8-8M9.5 11l1 1 8-8"
              stroke="currentColor"
              stroke-width="1.6"
              stroke-linecap="round"
              stroke-linejoin="round"
            />
          </svg>
        </button>
        <OverflowMenu view={view} act={act} />
      </div>
    </header>
  );
}

/** The beginning of a long id, which is as much as anyone compares by eye. */
function brief(feed: string): string {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(feed) ? `${feed.slice(0, 8)}…` : feed;
}
