import type { ComponentChildren } from "preact";

import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import { useWords } from "../words";
import { inWords } from "./connection-words";
import { clock, moment } from "./time";

type Props = { view: FeedView; act: Act; now: Date };

/** A line under the top bar while news does not arrive: what happened, what was kept, what to do. */
export function Banner({ view, act, now }: Props) {
  const words = useWords();
  const { say } = words;
  const { what, more } = inWords(view.connection, now, words);
  const listed = view.rows.length > 0;
  const retry = (
    <button type="button" class="button" onClick={() => act({ do: "retry" })}>
      {say("retry")}
    </button>
  );
  switch (view.connection.state) {
    case "connecting":
      return null;
    case "connected":
      // One word is nothing to tell; a sentence is.
      return more === "" ? null : <Line say={`${what}. ${more}`}>{retry}</Line>;
    case "offline":
      return <Line say={`${what}. ${more || say(listed ? "list-may-be-old" : "keeps-trying")}`}>{retry}</Line>;
    case "refused":
      return (
        <Line
          refused
          say={
            <>
              <strong>{what}.</strong> {more || say(listed ? "refused-list-kept" : "refused-more")}
            </>
          }
        >
          <button type="button" class="button primary" onClick={() => act({ do: "add_account" })}>
            {say("sign-in-again")}
          </button>
        </Line>
      );
  }
}

/** A line that says why no toasts come, and until when. */
export function PauseBanner({ view, act, now }: Props) {
  const { say, locale } = useWords();
  if (view.pause === null) return null;
  const until = moment(view.pause.until);
  const time = until === null ? null : clock(until, now, locale);
  if (view.pause.quiet_hours) {
    return (
      <Line say={time === null ? say("quiet-hours") : say("quiet-hours-until", { time })}>
        <button type="button" class="button" onClick={() => act({ do: "settings" })}>
          {say("settings-open")}
        </button>
      </Line>
    );
  }
  return (
    <Line say={time === null ? say("paused") : say("paused-until", { time })}>
      <button type="button" class="button" onClick={() => act({ do: "resume" })}>
        {say("resume")}
      </button>
    </Line>
  );
}

function Line({ say, refused = false, children }: { say: ComponentChildren; refused?: boolean; children: ComponentChildren }) {
  return (
    <div class={refused ? "banner refused" : "banner"} role={refused ? "alert" : undefined}>
      <p>{say}</p>
      {children}
    </div>
  );
}
