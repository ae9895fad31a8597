import type { ComponentChildren } from "preact";

import { Mark } from "./mark";

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
  return (
    <main class="page">
      <Still>
        <p class="late">Waiting for Doorbell…</p>
      </Still>
    </main>
  );
}

/** The resident has ended; the window is about to close. */
export function Gone({ sentence }: { sentence: string }) {
  return (
    <main class="page">
      <Still>
        <div role="alert">
          <h1>Doorbell has stopped</h1>
          <p>{sentence}</p>
        </div>
      </Still>
    </main>
  );
}
