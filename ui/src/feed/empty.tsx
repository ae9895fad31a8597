import type { ComponentChildren } from "preact";

import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import { Still } from "../still";
import { useWords } from "../words";
import { NOTHING_LEFT_OUT, leavesOut } from "./only";
import { show } from "./range";

type Props = { view: FeedView; act: Act };

/** What stands where rows would: why there are none, and what to do about it. */
export function Empty({ view, act }: Props) {
  const { say } = useWords();
  if (!view.loaded) return <Waiting view={view} />;
  if (leavesOut(view.only)) {
    return (
      <Still>
        <p>{view.only.words === "" ? say("nothing-matches") : say("nothing-found", { words: view.only.words })}</p>
        <p class="quiet">{say("search-loaded")}</p>
        {view.more && !view.loading_more ? (
          <Do it={() => act({ do: "more" })}>{say("search-older")}</Do>
        ) : (
          !view.loading_more && <Do it={() => act(show(view, { only: NOTHING_LEFT_OUT }))}>{say("show-everything")}</Do>
        )}
        {view.loading_more && <p role="status">{say("fetching-older")}</p>}
      </Still>
    );
  }
  const all = <Do it={() => act(show(view, { filter: "all" }))}>{say("show-everything")}</Do>;
  switch (view.filter) {
    case "archived":
      return (
        <Still>
          <p>{say("nothing-archived")}</p>
          {all}
        </Still>
      );
    case "unread":
    case "read":
      if (view.counts.total === 0) break;
      return (
        <Still>
          <p>{say(view.filter === "unread" ? "nothing-unread" : "nothing-read")}</p>
          {all}
        </Still>
      );
    case "all":
      break;
  }
  return (
    <Still>
      <p>{say("nothing-yet")}</p>
      <p class="quiet">{say("nothing-yet-more", { user: view.user })}</p>
      <Do it={() => act({ do: "retry" })}>{say("refresh")}</Do>
    </Still>
  );
}

/** The first page has not come. The banner says what to do when it cannot. */
function Waiting({ view }: { view: FeedView }) {
  const { say } = useWords();
  switch (view.connection.state) {
    case "connected":
    case "connecting":
      return (
        <Still>
          <p role="status">{say(view.connection.state === "connected" ? "fetching" : "connecting")}</p>
          <div class="slow" role="progressbar" aria-label={say("fetching")} />
        </Still>
      );
    case "offline":
      return (
        <Still>
          <p>{say("comes-with-connection")}</p>
        </Still>
      );
    case "refused":
      return (
        <Still>
          <p>{say("no-list")}</p>
        </Still>
      );
  }
}

function Do({ it, children }: { it(): void; children: ComponentChildren }) {
  return (
    <button type="button" class="button" onClick={it}>
      {children}
    </button>
  );
}
