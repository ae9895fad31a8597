import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import type { Filter } from "../generated/Filter";
import { AllReadIcon, NarrowIcon, SearchIcon } from "../icons";
import { several } from "../place";
import { useWords } from "../words";
import { ConnectionDot } from "./connection-dot";
import { FilterControl } from "./filter-control";
import { Narrowing } from "./narrowing";
import { canNarrow, isNarrowed } from "./only";
import { OverflowMenu } from "./overflow-menu";
import { show } from "./range";
import { SearchField } from "./search-field";
import type { Selection } from "./selection";
import { SelectionBar } from "./selection-bar";
import { Switcher } from "./switcher";

/** What stands in the bar besides what the view says. */
export type Tools = {
  searching: boolean;
  search(on: boolean): void;
  look(words: string): void;
  narrowing: boolean;
  narrow(on: boolean): void;
  selection: Selection | null;
  select(selection: Selection | null): void;
  help(): void;
};

type Props = { view: FeedView; act: Act; now: Date; tools: Tools };

/** Whose feed this is, how it stands, what is shown, and what can be done with all of it. */
export function TopBar({ view, act, now, tools }: Props) {
  const { say } = useWords();
  const place = (feed: string) => [feed, view.host].filter((part) => part !== null).join(" · ");
  const narrowed = isNarrowed(view.only);
  const offers = canNarrow(view.facets, view.only);

  function choose(filter: Filter) {
    if (filter !== view.filter) act(show(view, { filter }));
  }

  return (
    <header class="top-bar">
      <div class="account">
        <ConnectionDot connection={view.connection} now={now} />
        {several(view) ? (
          <Switcher view={view} act={act} />
        ) : (
          <h1 title={view.user}>
            <bdi>{view.user}</bdi>
          </h1>
        )}
        <span class="place" title={place(view.feed)}>
          {place(brief(view.feed))}
        </span>
        <span class="buttons">
          <button
            type="button"
            class="icon"
            aria-label={say("search")}
            title={say("search-hint")}
            aria-pressed={tools.searching}
            onClick={() => tools.search(!tools.searching)}
          >
            <SearchIcon />
          </button>
          {offers && (
            <button
              type="button"
              class="icon"
              aria-label={say("narrow")}
              title={say("narrow")}
              aria-expanded={tools.narrowing || narrowed}
              disabled={narrowed}
              onClick={() => tools.narrow(!tools.narrowing)}
            >
              <NarrowIcon />
            </button>
          )}
          <button
            type="button"
            class="icon mark-all"
            aria-label={say("mark-all-read")}
            title={say("mark-all-read")}
            disabled={view.counts.unread === 0}
            onClick={() => act({ do: "mark_all", mark: "read" })}
          >
            <AllReadIcon />
          </button>
        </span>
      </div>
      {tools.selection === null ? (
        <div class="tools">
          <FilterControl filter={view.filter} counts={view.loaded ? view.counts : null} choose={choose} />
          <span class="gap" />
          <OverflowMenu view={view} act={act} tools={tools} />
        </div>
      ) : (
        <SelectionBar selection={tools.selection} filter={view.filter} act={act} end={() => tools.select(null)} />
      )}
      {tools.searching && <SearchField words={view.only.words} look={tools.look} close={() => tools.search(false)} />}
      {offers && (tools.narrowing || narrowed) && <Narrowing view={view} act={act} />}
    </header>
  );
}

/** The beginning of a long id, which is as much as anyone compares by eye. */
function brief(feed: string): string {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(feed) ? `${feed.slice(0, 8)}…` : feed;
}
