import { useEffect, useRef } from "preact/hooks";

import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import type { Filter } from "../generated/Filter";
import { placeOf } from "../place";
import { Banner } from "./banner";
import { Empty } from "./empty";
import { List } from "./list";
import { Notice } from "./notice";
import { PAGE } from "./range";
import { FLASH_MS } from "./scroller";
import { TopBar } from "./top-bar";
import { useNow } from "./use-now";

type Props = {
  view: FeedView;
  act: Act;
  /** Why the last action did not reach Doorbell. */
  lost: string | null;
  /** Takes that sentence away. */
  found(): void;
};

/** The feed: a bar, perhaps a line about the connection, the rows, perhaps a notice. */
export function Feed({ view, act, lost, found }: Props) {
  const now = useNow();
  const brought = useRef<string | null>(null);
  const last = useRef(view.highlight);
  // Once a highlight was taken away, the same row may be brought into view again.
  if (last.current !== null && view.highlight === null) brought.current = null;
  last.current = view.highlight;
  const bring = view.highlight === brought.current ? null : view.highlight;

  // A highlight that stayed would come up again in the next window. A notice must not go with it.
  const latest = useRef(view);
  latest.current = view;
  useEffect(() => {
    if (view.highlight === null) return;
    const timer = setTimeout(() => {
      if (latest.current.notice === null) act({ do: "dismiss" });
    }, FLASH_MS);
    return () => clearTimeout(timer);
  }, [view.highlight, act]);

  function choose(filter: Filter) {
    if (filter !== view.filter) act({ do: "show", filter, first: 0, count: PAGE });
  }

  const sentence = lost ?? view.notice;
  return (
    <main class="page feed">
      <TopBar view={view} act={act} now={now} choose={choose} />
      <Banner view={view} act={act} now={now} />
      {view.rows.length === 0 && view.length === 0 && !view.more ? (
        <Empty view={view} />
      ) : (
        <List
          // Another feed or filter is another list: it starts at its top.
          key={`${placeOf(view)} ${view.filter}`}
          view={view}
          act={act}
          now={now}
          bring={bring}
          found={(id) => (brought.current = id)}
        />
      )}
      {view.branded && <p class="branding">Powered by Knock</p>}
      {sentence !== null && (
        <Notice sentence={sentence} dismiss={() => (lost === null ? act({ do: "dismiss" }) : found())} />
      )}
    </main>
  );
}
