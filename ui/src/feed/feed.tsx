import { useEffect, useRef, useState } from "preact/hooks";

import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import { placeOf } from "../place";
import { useWords } from "../words";
import { Banner, PauseBanner } from "./banner";
import { Empty } from "./empty";
import { Help } from "./help";
import { useKeys } from "./keys";
import { List } from "./list";
import { Notice, UndoBar } from "./notice";
import { leavesOut } from "./only";
import { ProgressLine } from "./progress-line";
import { show } from "./range";
import { FLASH_MS } from "./scroller";
import type { Selection } from "./selection";
import { TopBar, type Tools } from "./top-bar";
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
  const { say } = useWords();
  const now = useNow();
  const tools = useTools(view, act);
  const [helping, setHelping] = useState(false);
  const bring = useHighlight(view, act);

  useKeys({
    "/": (event) => {
      event.preventDefault();
      tools.search(true);
    },
    "?": () => setHelping(true),
    z: () => view.undo !== null && act({ do: "undo" }),
    Escape: () => (tools.selection === null ? tools.searching && tools.search(false) : tools.select(null)),
  });

  const sentence = lost ?? view.notice;
  // A search that found nothing says so, though there may be older items to look through.
  const empty = view.rows.length === 0 && view.length === 0 && (!view.more || leavesOut(view.only));
  return (
    <main class="page feed">
      <TopBar view={view} act={act} now={now} tools={{ ...tools, help: () => setHelping(true) }} />
      <Banner view={view} act={act} now={now} />
      <PauseBanner view={view} act={act} now={now} />
      {view.progress !== null && <ProgressLine progress={view.progress} />}
      {empty ? (
        <Empty view={view} act={act} />
      ) : (
        <List
          // Another feed, filter or search is another list: it starts at its top.
          key={`${placeOf(view)} ${view.filter} ${JSON.stringify(view.only)}`}
          view={view}
          act={act}
          now={now}
          bring={bring.wanted}
          found={bring.found}
          selection={tools.selection}
          select={tools.select}
        />
      )}
      {view.branded && <p class="branding">{say("branded")}</p>}
      {view.undo !== null && <UndoBar words={view.undo} undo={() => act({ do: "undo" })} />}
      {sentence !== null && <Notice sentence={sentence} dismiss={() => (lost === null ? act({ do: "dismiss" }) : found())} />}
      {helping && <Help close={() => setHelping(false)} />}
    </main>
  );
}

/** The row to bring into view: each highlight once, and once more after it was taken away. */
function useHighlight(view: FeedView, act: Act) {
  const brought = useRef<string | null>(null);
  const last = useRef(view.highlight);
  if (last.current !== null && view.highlight === null) brought.current = null;
  last.current = view.highlight;

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

  return {
    wanted: view.highlight === brought.current ? null : view.highlight,
    found: (id: string) => void (brought.current = id),
  };
}

/** What is open in the bar. Another feed or filter begins without a selection. */
function useTools(view: FeedView, act: Act): Omit<Tools, "help"> {
  const [searching, setSearching] = useState(false);
  const [narrowing, setNarrowing] = useState(false);
  const [selection, setSelection] = useState<Selection | null>(null);
  /** What was last asked for, which may not have come back yet. */
  const sought = useRef("");

  useEffect(() => setSelection(null), [placeOf(view), view.filter]);

  function look(words: string) {
    sought.current = words;
    act(show(view, { only: { words } }));
  }

  function search(on: boolean) {
    setSearching(on);
    if (!on && (sought.current !== "" || view.only.words !== "")) look("");
  }

  return {
    searching: searching || view.only.words !== "",
    search,
    look,
    narrowing,
    narrow: setNarrowing,
    selection,
    select: setSelection,
  };
}
