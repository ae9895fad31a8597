/** The built page in a browser, with the window's side of Tauri played by the test. */
import { test as base, expect, type Page } from "@playwright/test";

import type { Action } from "../src/generated/Action";
import type { FeedView } from "../src/generated/FeedView";
import type { SettingChange } from "../src/generated/SettingChange";
import type { SettingsView } from "../src/generated/SettingsView";
import type { View } from "../src/generated/View";
import { SETTINGS, feed } from "../src/testing/views";

type Side = {
  actions: Action[];
  emit(event: string, payload: unknown): void;
  /** Other commands than `act`, by name. */
  called: string[];
  changes: SettingChange[];
  settings: SettingsView;
  refuse: string | null;
  /** A list that answers what is asked for by itself. */
  list: { view: FeedView; length: number } | null;
};

declare global {
  interface Window {
    side: Side;
  }
}

/** Noon in UTC: the fixtures' times are told from here. */
export const NOON = new Date("2026-03-10T12:00:00Z");

export class DoorbellWindow {
  constructor(readonly page: Page) {}

  /** Opens the page and shows it a view, as the resident does when a window asks. */
  async open(view: View, settings: Partial<SettingsView> = {}) {
    await this.page.addInitScript(playTauri, [view, { ...SETTINGS, ...settings }] as const);
    await this.page.goto("/");
    await expect(this.page.getByRole("main")).toBeVisible();
    await this.forget();
  }

  async show(view: View) {
    await this.tell("view", view);
  }

  async tell(event: "view" | "gone", payload: unknown = null) {
    await this.page.evaluate(([event, payload]) => window.side.emit(event, payload), [event, payload] as const);
  }

  /** From now on a list of so many rows, all like the first of `view`, answers what is asked for by itself. */
  async serve(view: FeedView, length: number) {
    await this.page.evaluate((list) => void (window.side.list = list), { view, length });
    await this.show(feed({ ...view, rows: [], length }));
  }

  /** What was set since the page was opened. */
  async set(): Promise<SettingChange[]> {
    return this.page.evaluate(() => window.side.changes);
  }

  async called(): Promise<string[]> {
    return this.page.evaluate(() => window.side.called);
  }

  /** From now on, `act` and `set` are refused with this reason. */
  async refuse(reason: string) {
    await this.page.evaluate((reason) => void (window.side.refuse = reason), reason);
  }

  async forget() {
    await this.page.evaluate(() => void (window.side.actions.length = 0));
  }

  /** What was asked for since `open` or `forget`. What the page says by itself of rows on the screen is left out. */
  async asked(): Promise<Action[]> {
    return (await this.all()).filter((action) => action.do !== "seen");
  }

  /** The same of a page with several feeds, where what is asked for says in which. */
  async placed(): Promise<Action[]> {
    return (await this.all()).filter((action) => !(action.do === "in" && action.action.do === "seen"));
  }

  async all(): Promise<Action[]> {
    return this.page.evaluate(() => window.side.actions);
  }
}

export const test = base.extend<{ doorbell: DoorbellWindow }>({
  doorbell: async ({ page }, use) => {
    const odd: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") odd.push(message.text());
    });
    page.on("pageerror", (error) => odd.push(error.message));
    await page.clock.install({ time: NOON });
    await use(new DoorbellWindow(page));
    expect(odd, "the console stays empty, refusals of the content policy included").toEqual([]);
  },
});

export { expect };

/** Runs in the page before its own script. The shapes are those of @tauri-apps/api 2.12: `core.js`, `event.js`, `mocks.js`. */
function playTauri([first, settings]: readonly [View, SettingsView]) {
  const callbacks = new Map<number, (data: unknown) => void>();
  const listeners = new Map<string, number[]>();
  let next = 1;

  const side: Side = {
    actions: [],
    called: [],
    changes: [],
    settings,
    refuse: null,
    list: null,
    emit(event, payload) {
      for (const id of listeners.get(event) ?? []) callbacks.get(id)?.({ event, id, payload });
    },
  };
  window.side = side;

  async function invoke(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    switch (command) {
      case "plugin:event|listen": {
        const { event, handler } = args as { event: string; handler: number };
        listeners.set(event, [...(listeners.get(event) ?? []), handler]);
        return handler;
      }
      case "plugin:event|unlisten": {
        const { event, eventId } = args as { event: string; eventId: number };
        listeners.set(event, (listeners.get(event) ?? []).filter((id) => id !== eventId));
        return null;
      }
      case "ready":
        side.emit("view", first);
        return null;
      case "act":
        if (side.refuse !== null) throw side.refuse;
        side.actions.push(args["action"] as Action);
        answer(args["action"] as Action);
        return null;
      case "settings":
        return side.settings;
      case "set": {
        if (side.refuse !== null) throw side.refuse;
        const change = args["change"] as SettingChange;
        side.changes.push(change);
        side.settings = { ...side.settings, [change.key]: change.value };
        return side.settings;
      }
      case "open_settings_file":
        side.called.push(command);
        return null;
      case "diagnostics":
        side.called.push(command);
        return "doorbell 0.1.0\nlinux x86_64";
      default:
        throw `no command named ${command}`;
    }
  }

  /** Sends the rows that were asked for, as the resident does, in a moment. */
  function answer(action: Action) {
    if (!side.list || action.do !== "show") return;
    const { view, length } = side.list;
    const first = Math.min(action.first, length);
    const rows = Array.from({ length: Math.min(action.count, 200, length - first) }, (_, index) => {
      const text = `Item ${first + index + 1} ${"and more words ".repeat((first + index) % 9)}`;
      return { ...view.rows[0]!, id: `row-${first + index + 1}`, blocks: [{ type: "text" as const, text }] };
    });
    setTimeout(() => side.emit("view", { ...view, screen: "feed", filter: action.filter, only: action.only, first, length, rows }), 15);
  }

  // As the window does, so that a page which cannot live with it fails here.
  Object.freeze(Object.prototype);

  Object.assign(window, {
    __TAURI_INTERNALS__: {
      invoke,
      transformCallback(callback: (data: unknown) => void) {
        callbacks.set(next, callback);
        return next++;
      },
      unregisterCallback: (id: number) => callbacks.delete(id),
    },
    __TAURI_EVENT_PLUGIN_INTERNALS__: {
      unregisterListener: (_event: string, id: number) => callbacks.delete(id),
    },
  });
}
