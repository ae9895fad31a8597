import type { ComponentChildren } from "preact";

import { Mark } from "./mark";
import { useWords } from "./words";

/** The mark with a line or two: a place where there is nothing to do but read. */
export function Still({ children }: { children: ComponentChildren }) {
  return (
    <div class="still">
      <Mark />
      {children}
    </div>
  );
}

/** Before the first view. It comes within a blink, so the words wait a moment. */
export function Opening() {
  const { say } = useWords();
  return (
    <main class="page">
      <Still>
        <p class="late">{say("waiting")}</p>
      </Still>
    </main>
  );
}

/** The resident has ended. The window stays, and the next view takes this away. */
export function Gone() {
  const { say } = useWords();
  return (
    <main class="page">
      <Still>
        <div role="alert">
          <h1>{say("gone")}</h1>
          <p class="quiet">{say("gone-more")}</p>
        </div>
      </Still>
    </main>
  );
}

/** Not even the window's own side answers. */
export function Unreachable({ why }: { why: string }) {
  const { say } = useWords();
  return (
    <main class="page">
      <Still>
        <div role="alert">
          <h1>{say("unreachable")}</h1>
          <p class="quiet">{say("unreachable-more", { reason: why || say("no-reason") })}</p>
        </div>
      </Still>
    </main>
  );
}
