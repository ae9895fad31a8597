import { useState } from "preact/hooks";

import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import { Popup } from "./popup";

/** Refresh, one more account, and sign out, behind three dots. */
export function OverflowMenu({ view, act }: { view: FeedView; act: Act }) {
  const [asking, setAsking] = useState(false);
  const whom = view.accounts.length > 1 ? ` ${view.user}` : "";
  const dots = (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false" fill="currentColor">
      <circle cx="3" cy="8" r="1.4" />
      <circle cx="8" cy="8" r="1.4" />
      <circle cx="13" cy="8" r="1.4" />
    </svg>
  );
  return (
    <Popup kind="overflow" label="More" opener={dots} face={asking} closed={() => setAsking(false)}>
      {(close) =>
        asking ? (
          <div class="asking" role="group" aria-label="Sign out">
            <p>Sign out{whom}? The key leaves this computer’s keychain. Your notifications stay at Knock.</p>
            <div class="pair">
              <button type="button" class="button" onClick={() => close(true)}>
                Cancel
              </button>
              <button
                type="button"
                class="button primary"
                onClick={() => {
                  act({ do: "sign_out", account: view.account });
                  close(false);
                }}
              >
                Sign out
              </button>
            </div>
          </div>
        ) : (
          <>
            <button
              type="button"
              class="entry"
              onClick={() => {
                act({ do: "retry" });
                close(true);
              }}
            >
              Refresh
            </button>
            <button
              type="button"
              class="entry"
              onClick={() => {
                act({ do: "add_account" });
                close(false);
              }}
            >
              Add account…
            </button>
            <button type="button" class="entry" onClick={() => setAsking(true)}>
              Sign out{whom}…
            </button>
          </>
        )
      }
    </Popup>
  );
}
