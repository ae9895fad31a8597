import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import { inWords } from "./connection-dot";

/** A line under the top bar while news does not arrive: what happened, what was kept, one button. */
export function Banner({ view, act, now }: { view: FeedView; act: Act; now: Date }) {
  const listed = view.rows.length > 0;
  switch (view.connection.state) {
    case "connected":
    case "connecting":
      return null;
    case "offline":
      return (
        <div class="banner">
          <p>
            {sentence(inWords(view.connection, now))} {listed ? "The list may be out of date." : "Doorbell keeps trying."}
          </p>
          <button type="button" class="button" onClick={() => act({ do: "retry" })}>
            Retry
          </button>
        </div>
      );
    case "refused":
      return (
        <div class="banner refused" role="alert">
          <p>
            <strong>{sentence(view.connection.words)}</strong>{" "}
            {listed ? "The list below is kept as it was; nothing new arrives." : "Nothing new arrives."} Sign in with a valid key
            to go on.
          </p>
          <button type="button" class="button primary" onClick={() => act({ do: "sign_out" })}>
            Sign in again
          </button>
        </div>
      );
  }
}

function sentence(words: string): string {
  return /[.!?…]$/.test(words) ? words : `${words}.`;
}
