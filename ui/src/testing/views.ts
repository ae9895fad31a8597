/** Views as Rust would send them, for tests in both places. */
import { NOTHING_LEFT_OUT } from "../feed/only";
import type { AccountView } from "../generated/AccountView";
import type { FeedView } from "../generated/FeedView";
import type { PreferencesView } from "../generated/PreferencesView";
import type { Row } from "../generated/Row";
import type { SettingsView } from "../generated/SettingsView";
import type { SignInView } from "../generated/SignInView";
import type { View } from "../generated/View";

/** The one who is signed in, where nothing is said of others. */
export const ACCOUNT: AccountView = {
  id: "0123456789abcdef0123456789abcdef",
  user: "demo-user",
  host: null,
  state: "connected",
  feeds: [{ number: 0, name: "Notifications", count: 0 }],
};

/** Somebody else, with two feeds on a host of their own. */
export const OTHER: AccountView = {
  id: "fedcba9876543210fedcba9876543210",
  user: "ada@example.test",
  host: "knock.example.test",
  state: "offline",
  feeds: [
    { number: 0, name: "Everything", count: 12 },
    { number: 1, name: "Billing", count: 0 },
  ],
};

export function signedOut(changes: Partial<SignInView> = {}): View {
  return { screen: "signed_out", back: false, checking: false, problem: null, invitation: null, ...changes };
}

export function row(changes: Partial<Row> & Pick<Row, "id">): Row {
  return {
    unread: false,
    unseen: false,
    archived: false,
    actor: { name: "Jane Doe", initials: "JD", picture: null },
    blocks: [{ type: "html", html: `<p>Item ${changes.id}</p>` }],
    activities: [],
    total_activities: 1,
    at: "2026-03-10T09:00:00Z",
    opens: true,
    ...changes,
  };
}

/** `count` rows named `PREFIX1`, `PREFIX2` and so on. */
export function rowsOf(count: number, prefix = "r"): Row[] {
  return Array.from({ length: count }, (_, index) => row({ id: `${prefix}${index + 1}` }));
}

export function feedView(changes: Partial<FeedView> = {}): FeedView {
  const rows = changes.rows ?? [];
  return {
    accounts: [ACCOUNT],
    account: ACCOUNT.id,
    number: 0,
    user: "demo-user",
    feed: "in-app feed",
    host: null,
    connection: { state: "connected", words: "Connected", since: null },
    counts: {
      total: rows.length,
      unread: rows.filter((row) => row.unread).length,
      unseen: rows.filter((row) => row.unseen).length,
      archived: null,
    },
    filter: "all",
    only: NOTHING_LEFT_OUT,
    facets: { tenants: [], workflows: [], categories: [] },
    loaded: true,
    first: 0,
    length: rows.length,
    rows,
    more: false,
    loading_more: false,
    branded: false,
    progress: null,
    pause: null,
    undo: null,
    notice: null,
    highlight: null,
    ...changes,
  };
}

export function feed(changes: Partial<FeedView> = {}): View {
  return { screen: "feed", ...feedView(changes) };
}

export function preferences(changes: Partial<PreferencesView> = {}): View {
  return { screen: "preferences", user: "demo-user", busy: false, loaded: true, problem: null, switches: SWITCHES, ...changes };
}

const SWITCHES: PreferencesView["switches"] = [
  { kind: "workflow", key: "new-comment", on: true, depends: true },
  { kind: "workflow", key: "daily-digest", on: false, depends: false },
  { kind: "category", key: "billing", on: true, depends: false },
  { kind: "category", key: "product-news", on: false, depends: false },
  { kind: "channel_type", key: "in_app_feed", on: true, depends: false },
  { kind: "channel_type", key: "email", on: true, depends: false },
];

/** What is set where nobody has set anything. */
export const SETTINGS: SettingsView = {
  file: "/home/ada/.config/doorbell/settings.toml",
  complaints: [],
  language: "system",
  badge: "unread",
  tray_theme: "colour",
  tray_style: "number",
  toasts: true,
  sound: true,
  private: false,
  avatars: true,
  keep_contents: true,
  start_at_login: true,
  quiet_hours: null,
  rules: [],
  proxy: "system",
  log_level: "info",
  shortcut: "Ctrl+Alt+D",
};

/** An item with three links in two blocks. */
export const LINKS: Row = row({
  id: "links",
  blocks: [
    { type: "html", html: `<p>${link("One")} and <em>${link("Two")}</em>, <a>none</a></p>` },
    { type: "text", text: "in between" },
    { type: "html", html: `<p>Also ${link("<strong>Three</strong>")}</p>` },
  ],
});

function link(words: string): string {
  return `<a role="link" tabindex="0" data-href="https://app.example.test/same">${words}</a>`;
}

/** A feed as a person would find it on a weekday. */
export const WEEKDAY: Row[] = [
  row({
    id: "comment",
    unread: true,
    unseen: true,
    actor: { name: "Ada Okafor", initials: "AO", picture: null },
    blocks: [
      {
        type: "html",
        html: '<p><strong>Ada Okafor</strong> commented on <a data-href="https://app.example.test/d/7" role="link" tabindex="0">Q2 roadmap</a></p><blockquote>Could we move the beta up a week? Design is done, the last migration landed on Friday, and support asked for two quiet weeks before the holidays.</blockquote>',
      },
    ],
    at: "2026-03-10T11:57:00Z",
  }),
  row({
    id: "invite",
    unread: true,
    unseen: true,
    actor: { name: "Tom Lindqvist", initials: "TL", picture: null },
    blocks: [
      { type: "html", html: "<p><strong>Tom Lindqvist</strong> invites you to <strong>Berlin office</strong></p>" },
      {
        type: "buttons",
        buttons: [
          { index: 0, label: "Accept", primary: true },
          { index: 1, label: "Decline", primary: false },
        ],
      },
    ],
    at: "2026-03-10T11:20:00Z",
  }),
  row({
    id: "deploy",
    actor: null,
    unread: true,
    blocks: [{ type: "text", text: "Deployment 4182 finished in 6 min. 3 services restarted, none failed." }],
    at: "2026-03-10T09:05:00Z",
    opens: false,
  }),
  row({
    id: "digest",
    actor: { name: "Planner", initials: "P", picture: null },
    blocks: [{ type: "html", html: "<p>Your daily digest: <em>4 tasks due</em>, 2 reviews waiting, nothing overdue</p>" }],
    at: "2026-03-09T07:00:00Z",
  }),
  row({
    id: "mention",
    actor: { name: "Mei Chen", initials: "MC", picture: null },
    blocks: [{ type: "html", html: "<p><strong>Mei Chen</strong> mentioned you in <strong>#release-notes</strong></p>" }],
    at: "2026-03-07T15:42:00Z",
  }),
  row({
    id: "welcome",
    actor: null,
    blocks: [{ type: "html", html: "<p>Welcome to Acme. Here is <strong>how to get going</strong>.</p>" }],
    at: "2026-02-20T08:00:00Z",
  }),
];

/** A batched item with more triggers than were sent. */
export const BATCH: Row = row({
  id: "batch",
  unread: true,
  actor: { name: "Ada Okafor", initials: "AO", picture: null },
  blocks: [{ type: "html", html: "<p><strong>Ada Okafor</strong> and 4 others commented on <strong>Q2 roadmap</strong></p>" }],
  activities: [
    {
      actor: { name: "Ada Okafor", initials: "AO", picture: null },
      text: "Could we move the beta up a week?",
      at: "2026-03-10T11:57:00Z",
    },
    {
      actor: { name: "Tom Lindqvist", initials: "TL", picture: null },
      text: "Fine with me, if support agrees",
      at: "2026-03-10T11:40:00Z",
    },
    { actor: null, text: "Moved to March 24", at: null },
  ],
  total_activities: 5,
  at: "2026-03-10T11:57:00Z",
});

/** Words that layouts stumble over. */
export const HARD_WORDS: Row[] = [
  row({
    id: "long",
    unread: true,
    blocks: [
      {
        type: "text",
        text: "The quarterly planning document for the northern region was changed by eleven people since you last looked at it, among them the two who had asked not to be told of such changes before the review on Friday".slice(
          0,
          200,
        ),
      },
    ],
  }),
  row({
    id: "arabic",
    unread: true,
    actor: { name: "محمد الأمين", initials: "م", picture: null },
    blocks: [
      {
        type: "html",
        html: "<p>علّق <strong>محمد الأمين</strong> على <strong>خطة الربع الثاني</strong>: هل يمكننا تقديم الإصدار التجريبي أسبوعًا؟</p>",
      },
    ],
  }),
  row({
    id: "cjk",
    actor: { name: "田中太郎", initials: "田", picture: null },
    blocks: [
      {
        type: "text",
        text: "田中太郎さんが「第2四半期ロードマップ」にコメントしました。ベータ版を一週間早めることはできますか。移行は金曜日に完了しました。",
      },
    ],
  }),
  row({
    id: "emoji",
    actor: { name: "Zoë 🦊", initials: "Z", picture: null },
    blocks: [{ type: "text", text: "🎉🎉🎉 Release 4.2 is out 🚀 Thanks to everybody 👩🏽‍💻👨‍👩‍👧‍👦🏳️‍🌈" }],
  }),
];
