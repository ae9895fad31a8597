import type { Act } from "../act";
import type { AccountView } from "../generated/AccountView";
import type { FeedTab } from "../generated/FeedTab";
import type { FeedView } from "../generated/FeedView";
import { within } from "../place";
import { useWords } from "../words";
import { NOTHING_LEFT_OUT } from "./only";
import { Popup } from "./popup";
import { PAGE } from "./range";

/** Whose feed is shown and which, and every other to choose from. */
export function Switcher({ view, act }: { view: FeedView; act: Act }) {
  const { say } = useWords();
  const shown = view.accounts.find((account) => account.id === view.account);
  const tab = shown?.feeds.find((feed) => feed.number === view.number);
  const name = shown && shown.feeds.length > 1 && tab ? `${view.user}, ${tab.name}` : view.user;
  const opener = (
    <>
      <span class="chosen">{name}</span>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true" focusable="false" fill="none">
        <path
          d="m1.5 3.5 3.5 3.5 3.5-3.5"
          stroke="currentColor"
          stroke-width="1.4"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </svg>
    </>
  );
  return (
    <>
      <h1 class="for-ears">{name}</h1>
      <Popup kind="switcher" label={say("choose-feed", { name })} opener={opener}>
        {(close) =>
          view.accounts.map((account) => {
            const entry = (feed: FeedTab, label: string) => (
              <Entry
                key={`${account.id} ${feed.number}`}
                label={label}
                account={account}
                feed={feed}
                current={account.id === view.account && feed.number === view.number}
                choose={() => {
                  close(true);
                  act(
                    within(account.id, feed.number, { do: "show", filter: "all", only: NOTHING_LEFT_OUT, first: 0, count: PAGE }),
                  );
                }}
              />
            );
            const [only] = account.feeds;
            if (account.feeds.length === 1 && only) return entry(only, called(account));
            return (
              <div key={account.id} role="group" aria-label={called(account)}>
                {view.accounts.length > 1 && <p class="whose">{called(account)}</p>}
                {account.feeds.map((feed) => entry(feed, feed.name))}
              </div>
            );
          })
        }
      </Popup>
    </>
  );
}

type EntryProps = { label: string; account: AccountView; feed: FeedTab; current: boolean; choose(): void };

function Entry({ label, account, feed, current, choose }: EntryProps) {
  const { say, locale } = useWords();
  const { state } = account;
  return (
    <button type="button" class="entry feed-entry" aria-current={current || undefined} onClick={choose}>
      <span class="name">{label}</span>
      {(state === "offline" || state === "refused") && (
        <span class={`trouble ${state}`}> {say(state === "offline" ? "offline" : "refused")}</span>
      )}
      {feed.count > 0 && <span class="count"> {feed.count.toLocaleString(locale)}</span>}
    </button>
  );
}

function called(account: AccountView): string {
  return account.host === null ? account.user : `${account.user} · ${account.host}`;
}
