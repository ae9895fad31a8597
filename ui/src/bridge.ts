/**
 * The only file that knows Tauri: how the page asks, and how it is told.
 *
 * One command each way of asking, one event each way of telling (`view`, `settings`, `gone`).
 */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { Action } from "./generated/Action";
import type { SettingChange } from "./generated/SettingChange";
import type { SettingsView } from "./generated/SettingsView";
import type { View } from "./generated/View";

/** What the page needs of the world around it. Each promise is refused with a reason when the window cannot reach Doorbell. */
export type Bridge = {
  /** Sends what the person asked for. */
  act(action: Action): Promise<void>;
  /** Asks for the latest view once more. */
  ready(): Promise<void>;
  /** What is set. */
  settings(): Promise<SettingsView>;
  /** Sets one thing, and says what is set then; refused with a sentence where the value cannot be. */
  set(change: SettingChange): Promise<SettingsView>;
  /** Opens the settings file where the person edits such files. */
  openSettingsFile(): Promise<void>;
  /** What helps to find a fault, without secrets, to be copied. */
  diagnostics(): Promise<string>;
  /** Calls `tell` with every view; resolves to the function that stops it. */
  onView(tell: (view: View) => void): Promise<() => void>;
  /** Calls `tell` with what is set when that was changed elsewhere, as by hand in the file. */
  onSettings(tell: (settings: SettingsView) => void): Promise<() => void>;
  /** Calls `tell` when the resident has ended. The next view says that it is back. */
  onGone(tell: () => void): Promise<() => void>;
};

export const bridge: Bridge = {
  act: (action) => invoke("act", { action }),
  ready: () => invoke("ready"),
  settings: () => invoke("settings"),
  set: (change) => invoke("set", { change }),
  openSettingsFile: () => invoke("open_settings_file"),
  diagnostics: () => invoke("diagnostics"),
  onView: (tell) => listen<View>("view", (event) => tell(event.payload)),
  onSettings: (tell) => listen<SettingsView>("settings", (event) => tell(event.payload)),
  onGone: (tell) => listen<null>("gone", () => tell()),
};

/** Why a promise of the bridge was refused, without the full stop. */
export function reason(why: unknown): string {
  const text = why instanceof Error ? why.message : String(why);
  return text.replace(/[.\s]+$/, "");
}
