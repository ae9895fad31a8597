import type { ComponentChildren } from "preact";

import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import { inWords } from "./connection-words";

/** A line under the top bar while news does not arrive: what happened, what was kept, what to do. */
export function Banner({ view, act, now }: { view: FeedView; act: Act; now: Date }) {
  const { what, more } = inWords(view.connection, now);
  const listed = view.rows.length > 0;
  const retry = (label: string) => (
    <button type="button" class="button" onClick={() => act({ do: "retry" })}>
      {label}
    </button>
  );
  switch (view.connection.state) {
    case "connecting":
      return null;
    case "connected":
      // One word is nothing to tell; a sentence is.
      return more === "" ? null : <Line say={`${what}. ${more}`}>{retry("Retry")}</Line>;
    case "offline":
      return (
        <Line say={`${what}. ${more || (listed ? "The list may be out of date." : "Doorbell keeps trying.")}`}>{retry("Retry")}</Line>
      );
    case "refused":
      return (
        <Line
          refused
          say={
            <>
              <strong>{what}.</strong> {more || `${listed ? "The list below is kept. " : ""}Sign in again with a valid one.`}
            </>
          }
        >
          {retry("Try again")}
          <button type="button" class="button primary" onClick={() => act({ do: "add_account" })}>
            Sign in again
          </button>
        </Line>
      );
  }
}

function Line({ say, refused = false, children }: { say: ComponentChildren; refused?: boolean; children: ComponentChildren }) {
  return (
    <div class={refused ? "banner refused" : "banner"} role={refused ? "alert" : undefined}>
      <p>{say}</p>
      {children}
    </div>
  );
}
