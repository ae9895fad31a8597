import { act as settle, cleanup, render, screen, waitFor } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { App } from "./app";
import type { Bridge } from "./bridge";
import { NOTHING_LEFT_OUT } from "./feed/only";
import type { Action } from "./generated/Action";
import type { View } from "./generated/View";
import { bridgeOf, observer, room } from "./testing/stage";
import { ACCOUNT, OTHER, SETTINGS, WEEKDAY, feed, preferences, signedOut } from "./testing/views";

beforeEach(() => {
  observer();
  room();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** A bridge to nowhere that a test holds the other end of. */
async function stage(changes: Partial<Bridge> = {}) {
  const actions: Action[] = [];
  let tellView = (_: View) => {};
  let tellGone = () => {};
  const bridge = bridgeOf({
    act: async (action) => void actions.push(action),
    onView: async (tell) => ((tellView = tell), () => {}),
    onSettings: async () => () => {},
    onGone: async (tell) => ((tellGone = tell), () => {}),
    ...changes,
  });
  await settle(async () => void render(<App bridge={bridge} spoken={ENGLISH} />));
  return { actions, view: (view: View) => settle(() => tellView(view)), gone: () => settle(() => tellGone()) };
}

const ENGLISH = ["en-GB"];
const FIRST = { do: "show", filter: "all", only: NOTHING_LEFT_OUT, first: 0, count: 50 };

test("the page asks for the first rows at its start, once", async () => {
  const { actions, view } = await stage();
  await view(feed({ rows: WEEKDAY }));
  await view(feed({ rows: WEEKDAY }));
  expect(actions).toEqual([FIRST]);
});

test("the page listens before it says that it is ready", async () => {
  const order: string[] = [];
  await stage({
    onView: async () => (order.push("view"), () => {}),
    onSettings: async () => (order.push("settings"), () => {}),
    onGone: async () => (order.push("gone"), () => {}),
    ready: async () => void order.push("ready"),
  });
  await waitFor(() => expect(order).toEqual(["view", "gone", "settings", "ready"]));
});

test("a feed that appears after signing in is asked for its first rows", async () => {
  const { actions, view } = await stage();
  await view(signedOut());
  expect(screen.getByRole("heading", { name: "Sign in to a feed" })).toBeTruthy();
  await view(feed({ rows: WEEKDAY }));
  expect(actions).toEqual([FIRST, FIRST]);
});

test("with several accounts what is asked for says in which, whatever Doorbell shows by then", async () => {
  const { actions, view } = await stage();
  await view(feed({ rows: WEEKDAY, accounts: [ACCOUNT, OTHER] }));
  await userEvent.click(screen.getByRole("button", { name: "Mark all read" }));
  await view(feed({ rows: WEEKDAY, accounts: [ACCOUNT, OTHER], account: OTHER.id, number: 1 }));
  await userEvent.click(screen.getByText("Deployment 4182", { exact: false }));
  expect(actions.slice(1)).toEqual([
    { do: "in", account: ACCOUNT.id, feed: 0, action: { do: "mark_all", mark: "read" } },
    { do: "in", account: OTHER.id, feed: 1, action: { do: "open", id: "deploy" } },
  ]);
});

test("the end of the resident takes the whole window, and its next view gives it back and starts anew", async () => {
  const { actions, view, gone } = await stage();
  await view(feed({ rows: WEEKDAY }));
  await gone();
  expect(screen.getByRole("alert").textContent).toContain("Doorbell has stopped");
  expect(screen.queryByRole("list")).toBeNull();
  await view(feed({ rows: WEEKDAY }));
  expect(screen.getByRole("list", { name: "Notifications" })).toBeTruthy();
  expect(actions).toEqual([FIRST, FIRST]);
});

test("coming back from another page asks for nothing: Doorbell knows what was shown", async () => {
  const { actions, view } = await stage();
  await view(feed({ rows: WEEKDAY }));
  await view(preferences());
  expect(screen.getByRole("heading", { name: "Preferences" })).toBe(document.activeElement);
  await view(feed({ rows: WEEKDAY }));
  expect(actions).toEqual([FIRST]);
});

test("the language that is set is spoken, and said to whoever reads the page aloud", async () => {
  const { view } = await stage({ settings: async () => ({ ...SETTINGS, language: "de" }) });
  await view(feed({ rows: [] }));
  expect(await screen.findByText("Noch keine Mitteilungen")).toBeTruthy();
  expect(document.documentElement.lang).toBe("de");
  expect(document.documentElement.dir).toBe("ltr");
});

test("without settings the page speaks as the system does", async () => {
  const { view } = await stage({ settings: () => Promise.reject("no such command") });
  await view(feed({ rows: [] }));
  expect(screen.getByText("No notifications yet")).toBeTruthy();
});

test("settings can be left for the list", async () => {
  const { actions, view } = await stage();
  await view({ screen: "settings", back: true });
  await userEvent.click(await screen.findByRole("button", { name: "Back to the list" }));
  expect(actions).toEqual([FIRST, { do: "back" }]);
});

test("an action that does not arrive is told", async () => {
  const { view } = await stage({ act: () => Promise.reject("the door is closed") });
  await view(feed({ rows: WEEKDAY }));
  expect(screen.getByRole("alert").textContent).toContain("That did not reach Doorbell (the door is closed).");
  await userEvent.click(screen.getByRole("button", { name: "Dismiss" }));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a window that cannot reach Doorbell at all says so", async () => {
  await stage({ ready: () => Promise.reject(new Error("no such command")) });
  expect((await screen.findByRole("alert")).textContent).toContain("cannot reach Doorbell (no such command)");
});
