import { act as settle, cleanup, render, screen, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { FeedView } from "../generated/FeedView";
import { observer, recorder, room } from "../testing/stage";
import { ACCOUNT, LINKS, WEEKDAY, feedView, row, rowsOf } from "../testing/views";
import { Feed } from "./feed";
import { NOTHING_LEFT_OUT } from "./only";

let screenOf: ReturnType<typeof observer>;
beforeEach(() => {
  screenOf = observer();
  room();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function stage(view: Partial<FeedView> = {}, lost: string | null = null) {
  const { actions, act } = recorder();
  const found = vi.fn();
  const page = (changes: Partial<FeedView>) => <Feed view={feedView(changes)} act={act} lost={lost} found={found} />;
  const { rerender } = render(page(view));
  return { actions, found, show: (changes: Partial<FeedView>) => rerender(page(changes)), user: userEvent.setup() };
}

const item = (text: string) => within(screen.getByText(text, { exact: false }).closest("li")!);

test("a click on the words of a row opens it, once", async () => {
  const { actions, user } = stage({ rows: WEEKDAY });
  await user.click(screen.getByText("Deployment 4182", { exact: false }));
  expect(actions).toEqual([{ do: "open", id: "deploy" }]);
});

test("a click on a link in the words follows that link, once, and does not open the item", async () => {
  const { actions, user } = stage({ rows: [WEEKDAY[0]!, LINKS] });
  await user.click(screen.getByText("Three"));
  await user.click(screen.getByText("Two"));
  await user.click(screen.getByText("One"));
  expect(actions).toEqual([2, 1, 0].map((link) => ({ do: "follow", id: "links", link })));
});

test("a link that leads nowhere is words like others", async () => {
  const { actions, user } = stage({ rows: [LINKS] });
  await user.click(screen.getByText("none"));
  expect(actions).toEqual([{ do: "open", id: "links" }]);
});

test("enter on a link follows it, other keys do not", async () => {
  const { actions, user } = stage({ rows: [WEEKDAY[0]!, LINKS] });
  screen.getByText("Two").focus();
  await user.keyboard("x{Enter}");
  expect(actions).toEqual([{ do: "follow", id: "links", link: 1 }]);
});

test("a button of an item presses and does not open", async () => {
  const { actions, user } = stage({ rows: WEEKDAY });
  await user.click(screen.getByRole("button", { name: "Decline" }));
  expect(actions).toEqual([{ do: "press", id: "invite", button: 1 }]);
});

test("the unread mark marks and does not open", async () => {
  const { actions, user } = stage({ rows: [WEEKDAY[2]!, WEEKDAY[3]!] });
  await user.click(item("Deployment").getByRole("button", { name: "Mark read" }));
  await user.click(item("daily digest").getByRole("button", { name: "Mark unread" }));
  expect(actions).toEqual([
    { do: "mark", ids: ["deploy"], mark: "read" },
    { do: "mark", ids: ["digest"], mark: "unread" },
  ]);
});

test("selecting text does not open the item", async () => {
  const { actions, user } = stage({ rows: WEEKDAY });
  const words = screen.getByText("Deployment 4182", { exact: false });
  document.getSelection()!.selectAllChildren(words);
  await user.pointer({ target: words, keys: "[MouseLeft>]" });
  document.getSelection()!.selectAllChildren(words);
  await user.pointer({ keys: "[/MouseLeft]" });
  expect(actions).toEqual([]);
});

test("an opened row shows its whole text", async () => {
  const { user } = stage({ rows: WEEKDAY });
  const words = screen.getByText("Deployment 4182", { exact: false });
  expect(words.closest("li")!.className).not.toContain("opened");
  await user.click(words);
  expect(words.closest("li")!.className).toContain("opened");
});

test("a row says to a screen reader that it is unread and what it is about", () => {
  stage({ rows: WEEKDAY });
  expect(screen.getByRole("button", { name: /^Unread: Deployment 4182 finished/ })).toBeTruthy();
  expect(screen.getByRole("button", { name: "Mei Chen mentioned you in #release-notes" })).toBeTruthy();
});

test("rows that were on the screen are reported once, together", () => {
  const rows = [...rowsOf(3).map((row) => ({ ...row, unseen: true })), row({ id: "seen" })];
  const { actions, show } = stage({ rows });
  screenOf.cross("r1", "r2", "seen");
  expect(actions).toEqual([{ do: "seen", ids: ["r1", "r2"] }]);
  show({ rows: [...rows] });
  screenOf.cross("r1", "r2", "r3");
  expect(actions.slice(1)).toEqual([{ do: "seen", ids: ["r3"] }]);
});

test("rows are not reported while the page is hidden, but when it comes back", () => {
  const visibility = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  const { actions } = stage({ rows: [row({ id: "a", unseen: true })] });
  screenOf.cross("a");
  expect(actions).toEqual([]);
  visibility.mockReturnValue("visible");
  document.dispatchEvent(new Event("visibilitychange"));
  expect(actions).toEqual([{ do: "seen", ids: ["a"] }]);
});

test("near the end of the rows the next ones are asked for, once", () => {
  const { actions, show } = stage({ rows: rowsOf(20), length: 120 });
  show({ rows: rowsOf(20), length: 120 });
  expect(actions).toEqual([{ do: "show", filter: "all", only: NOTHING_LEFT_OUT, first: 0, count: 69 }]);
});

test("at the end of the list older items are asked for, once, and can be asked for by hand", async () => {
  const { actions, show, user } = stage({ rows: rowsOf(3), more: true });
  show({ rows: rowsOf(3), more: true, loading_more: true });
  expect(screen.getByText("Fetching older notifications…")).toBeTruthy();
  show({ rows: rowsOf(3), more: true });
  expect(actions).toEqual([{ do: "more" }]);
  await user.click(screen.getByRole("button", { name: "Show older" }));
  expect(actions.slice(1)).toEqual([{ do: "more" }]);
});

test("the filters carry their counts and ask for their rows", async () => {
  const { actions, user } = stage({ rows: WEEKDAY });
  expect(screen.getByRole("button", { name: "All 6" }).getAttribute("aria-pressed")).toBe("true");
  await user.click(screen.getByRole("button", { name: "All 6" }));
  await user.click(screen.getByRole("button", { name: "Unread 3" }));
  expect(actions).toEqual([{ do: "show", filter: "unread", only: NOTHING_LEFT_OUT, first: 0, count: 50 }]);
});

test("counts are not told before they are known", () => {
  stage({ loaded: false });
  expect(screen.getByRole("button", { name: "Unread" })).toBeTruthy();
});

test("everything can be marked read, unless it is", async () => {
  const { actions, show, user } = stage({ rows: WEEKDAY });
  await user.click(screen.getByRole("button", { name: "Mark all read" }));
  expect(actions).toEqual([{ do: "mark_all", mark: "read" }]);
  show({ rows: rowsOf(2) });
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Mark all read" }).disabled).toBe(true);
});

test("refresh is in the menu", async () => {
  const { actions, user } = stage({ rows: WEEKDAY });
  await user.click(screen.getByRole("button", { name: "More" }));
  await user.click(screen.getByRole("button", { name: "Refresh" }));
  expect(actions).toEqual([{ do: "retry" }]);
  expect(screen.queryByRole("button", { name: "Refresh" })).toBeNull();
});

test("signing out is asked about first", async () => {
  const { actions, user } = stage();
  await user.click(screen.getByRole("button", { name: "More" }));
  await user.click(screen.getByRole("button", { name: "Sign out…" }));
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(actions).toEqual([]);
  await user.click(screen.getByRole("button", { name: "More" }));
  await user.click(screen.getByRole("button", { name: "Sign out…" }));
  await user.click(screen.getByRole("button", { name: "Sign out" }));
  expect(actions).toEqual([{ do: "sign_out", account: ACCOUNT.id }]);
});

test("one more account is asked for in the menu", async () => {
  const { actions, user } = stage();
  await user.click(screen.getByRole("button", { name: "More" }));
  await user.click(screen.getByRole("button", { name: "Add account…" }));
  expect(actions).toEqual([{ do: "add_account" }]);
});

test("escape closes the menu and gives the focus back", async () => {
  const { user } = stage();
  await user.click(screen.getByRole("button", { name: "More" }));
  await user.keyboard("{ArrowDown}");
  expect(document.activeElement).toBe(screen.getAllByRole("button", { name: "Refresh" })[0]);
  await user.keyboard("{Escape}");
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "More" }));
  expect(screen.queryByRole("button", { name: "Sign out…" })).toBeNull();
});

test("offline, a line says since when, and can be asked to try again", async () => {
  vi.useFakeTimers({ now: new Date("2026-03-10T12:00:00Z"), toFake: ["Date"] });
  const { actions, user } = stage({
    rows: WEEKDAY,
    connection: { state: "offline", words: "Offline", since: "2026-03-10T11:03:00Z" },
  });
  const time = new Date("2026-03-10T11:03:00Z").toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  expect(screen.getByText(`Offline since ${time}. The list may be out of date.`)).toBeTruthy();
  expect(screen.getByRole("status", { name: `Offline since ${time}` })).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Retry" }));
  expect(actions).toEqual([{ do: "retry" }]);
});

test("refused, it is said what happened, what was kept, and what to do", async () => {
  const { actions, user } = stage({
    rows: WEEKDAY,
    connection: { state: "refused", words: "Knock refused the key", since: null },
  });
  expect(screen.getByRole("alert").textContent).toMatch(/Knock refused the key\. The list below is kept/);
  await user.click(screen.getByRole("button", { name: "Sign in again" }));
  expect(actions).toEqual([{ do: "add_account" }]);
});

test("an empty feed hints that the user may be mistyped", () => {
  stage({ user: "jane" });
  expect(screen.getByText("No notifications yet")).toBeTruthy();
  expect(screen.getByText(/check the user “jane”/)).toBeTruthy();
});

test("nothing unread is not an empty feed", () => {
  stage({ filter: "unread", counts: { total: 6, unread: 0, unseen: 0, archived: null } });
  expect(screen.getByText("Nothing unread")).toBeTruthy();
});

test("before the first page the window says that it connects, and never that the feed is empty", () => {
  stage({ loaded: false, connection: { state: "connecting", words: "Connecting", since: null } });
  expect(screen.getByText("Connecting…")).toBeTruthy();
  expect(screen.queryByText("No notifications yet")).toBeNull();
});

test("a notice stays until it is dismissed", async () => {
  const { actions, user } = stage({ rows: WEEKDAY, notice: "Knock did not take the mark." });
  expect(screen.getByRole("alert").textContent).toContain("Knock did not take the mark.");
  await user.click(screen.getByRole("button", { name: "Dismiss" }));
  expect(actions).toEqual([{ do: "dismiss" }]);
});

test("a sentence of the page's own is dismissed in the page", async () => {
  const { actions, found, user } = stage({ rows: WEEKDAY, notice: "Other." }, "That did not reach Doorbell.");
  expect(screen.getByRole("alert").textContent).toContain("That did not reach Doorbell.");
  await user.click(screen.getByRole("button", { name: "Dismiss" }));
  expect(found).toHaveBeenCalledOnce();
  expect(actions).toEqual([]);
});

test("a highlighted row is opened up, and again after the highlight was taken away", async () => {
  const brought = vi.spyOn(Element.prototype, "scrollIntoView").mockImplementation(() => {});
  const { show } = stage({ rows: WEEKDAY });
  await settle(() => show({ rows: WEEKDAY, highlight: "deploy" }));
  await settle(() => show({ rows: [...WEEKDAY], highlight: "deploy" }));
  expect(brought).toHaveBeenCalledOnce();
  expect(screen.getByText("Deployment", { exact: false }).closest("li")!.className).toContain("flashes");
  await settle(() => show({ rows: WEEKDAY }));
  await settle(() => show({ rows: WEEKDAY, highlight: "deploy" }));
  expect(brought).toHaveBeenCalledTimes(2);
});

test("a highlight is taken away once it was noticed, but never together with a notice", async () => {
  vi.useFakeTimers();
  vi.spyOn(Element.prototype, "scrollIntoView").mockImplementation(() => {});
  const { actions, show } = stage({ rows: WEEKDAY });
  await settle(() => show({ rows: WEEKDAY, highlight: "deploy", notice: "Knock did not take the mark." }));
  await settle(() => void vi.advanceTimersByTime(2000));
  expect(actions).toEqual([]);
  await settle(() => show({ rows: WEEKDAY, highlight: "digest" }));
  await settle(() => void vi.advanceTimersByTime(2000));
  expect(actions).toEqual([{ do: "dismiss" }]);
});

test("a highlighted row that was not sent is asked for", async () => {
  const { actions, show } = stage({ rows: rowsOf(3), filter: "unread" });
  await settle(() => show({ rows: rowsOf(3), filter: "unread", highlight: "elsewhere" }));
  expect(actions).toEqual([{ do: "show", filter: "all", only: NOTHING_LEFT_OUT, first: 0, count: 200 }]);
});

test("ages grow by themselves", async () => {
  vi.useFakeTimers({ now: new Date("2026-03-10T12:00:30Z") });
  stage({ rows: [row({ id: "a", at: "2026-03-10T12:00:00Z" })] });
  expect(document.querySelector("time")!.textContent).toBe("now");
  await settle(() => void vi.advanceTimersByTime(60_000));
  expect(document.querySelector("time")!.textContent).toBe("1 min");
  expect(document.querySelector("time")!.dateTime).toBe("2026-03-10T12:00:00Z");
});

test("a line says whose feed it is where the owner's plan asks for it, and nowhere else", () => {
  const { show } = stage({ rows: WEEKDAY });
  expect(screen.queryByText("Powered by Knock")).toBeNull();
  show({ rows: WEEKDAY, branded: true });
  screen.getByText("Powered by Knock");
  show({ rows: [], branded: true });
  screen.getByText("Powered by Knock");
});

const buttons = () => [...document.querySelectorAll(".still button, .banner button")].map((button) => button.textContent);

test("a pause says until when and can be ended, quiet hours lead to the settings", async () => {
  vi.useFakeTimers({ now: new Date("2026-03-10T12:00:00Z"), toFake: ["Date"] });
  const { actions, show, user } = stage({ rows: WEEKDAY, pause: { until: "2026-03-10T13:30:00Z", quiet_hours: false } });
  expect(screen.getByText("Notifications are paused until 13:30.")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Resume" }));
  show({ rows: WEEKDAY, pause: { until: null, quiet_hours: false } });
  expect(screen.getByText("Notifications are paused.")).toBeTruthy();
  show({ rows: WEEKDAY, pause: { until: "2026-03-11T06:00:00Z", quiet_hours: true } });
  expect(screen.getByText("Quiet hours until 11 Mar, 06:00: toasts wait.")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Settings" }));
  expect(actions).toEqual([{ do: "resume" }, { do: "settings" }]);
});

test("an empty list says what to do, with one button", () => {
  const { show } = stage({});
  const searched = { ...NOTHING_LEFT_OUT, words: "zebra" };
  const states: Array<[Partial<FeedView>, string]> = [
    [{}, "Refresh"],
    [{ filter: "archived" }, "Show everything"],
    [{ filter: "read", counts: { total: 3, unread: 3, unseen: 0, archived: null } }, "Show everything"],
    [{ only: searched }, "Show everything"],
    [{ only: searched, more: true }, "Look through older ones"],
    [{ loaded: false, connection: { state: "offline", words: "Offline", since: null } }, "Retry"],
    [{ loaded: false, connection: { state: "refused", words: "Knock refused the key", since: null } }, "Sign in again"],
  ];
  for (const [view, button] of states) {
    show(view);
    expect(buttons(), JSON.stringify(view)).toEqual([button]);
  }
});

test("while older items are looked through, that is said instead", () => {
  stage({ only: { ...NOTHING_LEFT_OUT, words: "zebra" }, more: true, loading_more: true });
  expect(buttons()).toEqual([]);
  expect(screen.getByText("Fetching older notifications…")).toBeTruthy();
});

test("what takes long says how far it is, as far as that is known", () => {
  const { show } = stage({ rows: WEEKDAY, progress: { words: "Marking all as read", done: 1200, of: 4000 } });
  expect(screen.getByRole<HTMLProgressElement>("progressbar", { name: "Marking all as read" }).value).toBe(1200);
  expect(screen.getByText("1,200 of 4,000")).toBeTruthy();
  show({ rows: WEEKDAY, progress: { words: "Archiving all", done: 350, of: null } });
  expect(screen.getByRole("progressbar", { name: "Archiving all" }).getAttribute("value")).toBeNull();
  expect(screen.getByText("350 so far")).toBeTruthy();
});

test("what can be taken back stands at the bottom beside a notice", async () => {
  const { actions, user } = stage({ rows: WEEKDAY, undo: "Archived 3 notifications", notice: "Knock did not take the mark." });
  expect(screen.getByText("Archived 3 notifications")).toBeTruthy();
  expect(screen.getByText("Knock did not take the mark.")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Undo" }));
  expect(actions).toEqual([{ do: "undo" }]);
});

test("rows that were not sent have a place but no words, and are asked for", () => {
  const { actions } = stage({ rows: rowsOf(200).slice(150), first: 150, length: 200 });
  expect(document.querySelectorAll(".row.unsent").length).toBeGreaterThan(5);
  expect(actions).toEqual([{ do: "show", filter: "all", only: NOTHING_LEFT_OUT, first: 0, count: 69 }]);
});

test("a question is asked again once something has changed, and not before it was answered", async () => {
  vi.useFakeTimers();
  const { actions, show } = stage({ rows: rowsOf(3), more: true });
  show({ rows: rowsOf(3), more: true });
  expect(actions).toEqual([{ do: "more" }]);
  show({ rows: rowsOf(6), more: true });
  await settle(() => void vi.advanceTimersByTime(300));
  expect(actions).toEqual([{ do: "more" }, { do: "more" }]);
});
