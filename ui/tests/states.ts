import { ACCOUNT, OTHER, WEEKDAY, feed, row, rowsOf, signedOut } from "../src/testing/views";
import type { View } from "../src/generated/View";

/** Every state of the window, by the name of its picture. */
export const STATES: Record<string, View> = {
  "sign-in": signedOut(),
  "sign-in-checking": signedOut({ checking: true }),
  "sign-in-refused": signedOut({
    problem: { field: "public_key", message: "Knock refused the key. Copy it again from the dashboard. Nothing was stored." },
  }),
  "sign-in-host": signedOut({
    problem: { field: "host", message: "No answer from that host. Check the address and your connection. Nothing was stored." },
  }),
  "sign-in-keychain": signedOut({
    problem: { field: null, message: "The keychain is locked, so Doorbell cannot see whether you are signed in. Unlock it and try again." },
  }),
  "sign-in-add": signedOut({ back: true }),
  feed: feed({ rows: WEEKDAY }),
  "feed-accounts": feed({ rows: WEEKDAY, accounts: [ACCOUNT, OTHER] }),
  "feed-accounts-long": feed({
    rows: WEEKDAY,
    accounts: [{ ...OTHER, user: "a-very-long-user-id-0123456789-0123456789-abcdefghijklmnop" }, ACCOUNT],
    account: OTHER.id,
    number: 1,
    user: "a-very-long-user-id-0123456789-0123456789-abcdefghijklmnop",
    host: "knock.example.test",
  }),
  "feed-unread": feed({ filter: "unread", rows: WEEKDAY.filter((row) => row.unread), counts: { total: 6, unread: 3, unseen: 2, archived: null } }),
  "feed-notice": feed({ rows: WEEKDAY, notice: "Knock did not take the mark “read”, so the item is unread again." }),
  "feed-long": feed({
    user: "a-very-long-user-id-0123456789-0123456789-abcdefghijklmnop",
    feed: "d00fbe11-1de5-4e0d-a11e-5ca1ab1ec0de",
    host: "http://127.0.0.1:41267",
    counts: { total: 12345, unread: 1234, unseen: 0, archived: null },
    length: 12345,
    more: true,
    loading_more: true,
    rows: [
      row({ id: "word", unread: true, blocks: [{ type: "text", text: "Donaudampfschifffahrtsgesellschaftskapitän".repeat(6) }] }),
      row({
        id: "buttons",
        blocks: [
          { type: "text", text: "Two long buttons" },
          {
            type: "buttons",
            buttons: [
              { index: 0, label: "Accept the invitation and open the calendar", primary: true },
              { index: 1, label: "Decline, and tell everybody the reason why", primary: false },
            ],
          },
        ],
      }),
      ...rowsOf(2),
    ],
  }),
  "feed-offline": feed({ rows: WEEKDAY, connection: { state: "offline", words: "Offline. Doorbell connects again by itself; the list may be out of date.", since: "2026-03-10T11:03:00Z" } }),
  "feed-refused": feed({
    rows: WEEKDAY,
    connection: {
      state: "refused",
      words: "Knock refused the key. The list below is kept. Sign in again with a valid one, or try again.",
      since: "2026-03-10T11:03:00Z",
    },
  }),
  "feed-trouble": feed({
    rows: WEEKDAY,
    connection: {
      state: "connected",
      words: "Connected, but the list could not be fetched: the server answered 503. Trying again by itself.",
      since: null,
    },
  }),
  "feed-connecting": feed({ rows: WEEKDAY, connection: { state: "connecting", words: "Connecting", since: null } }),
  "feed-highlight": feed({ rows: WEEKDAY, highlight: "deploy" }),
  empty: feed(),
  "empty-unread": feed({ filter: "unread", counts: { total: 6, unread: 0, unseen: 0, archived: null } }),
  "empty-connecting": feed({ loaded: false, connection: { state: "connecting", words: "Connecting", since: null } }),
  "empty-offline": feed({ loaded: false, connection: { state: "offline", words: "Offline. Doorbell connects again by itself; the list may be out of date.", since: "2026-03-10T11:03:00Z" } }),
  "empty-refused": feed({ loaded: false, connection: { state: "refused", words: "Knock refused the key", since: null } }),
};
