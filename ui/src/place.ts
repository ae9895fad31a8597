import type { Act } from "./act";
import type { Action } from "./generated/Action";
import type { FeedView } from "./generated/FeedView";

/** What tells one feed of one account from every other. */
export function placeOf(view: FeedView): string {
  return `${view.account} ${view.number}`;
}

/** There is more than one feed to choose from. */
export function several(view: FeedView): boolean {
  return view.accounts.length > 1 || view.accounts.some((account) => account.feeds.length > 1);
}

/** Asks in the feed that is on the screen, which Doorbell may have left a moment ago. */
export function here(view: FeedView, act: Act): Act {
  return several(view) ? (action) => act(within(view.account, view.number, action)) : act;
}

/** Asks in that feed of that account. What is about no feed is asked as it is. */
export function within(account: string, feed: number, action: Action): Action {
  switch (action.do) {
    case "sign_in":
    case "sign_out":
    case "add_account":
    case "back":
    case "in":
    case "retry":
    case "glance":
    case "quit":
    case "read_everything":
    case "toggle_window":
    case "settings":
    case "preferences":
    case "set_preference":
    case "invite":
    case "pause":
    case "resume":
      return action;
    case "show":
    case "seen":
    case "mark":
    case "mark_all":
    case "undo":
    case "open":
    case "press":
    case "follow":
    case "open_window":
    case "more":
    case "dismiss":
      return { do: "in", account, feed, action };
  }
}
