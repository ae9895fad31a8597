/**
 * The only file that knows Tauri: how the page asks, and how it is told.
 *
 * One command each way of asking (`act`, `ready`), one event each way of telling (`view`, `gone`).
 */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { Action } from "./generated/Action";
import type { View } from "./generated/View";

/** What the page needs of the world around it. Each promise is refused with a reason when the window cannot reach Doorbell. */
export type Bridge = {
  /** Sends what the person asked for. */
  act(action: Action): Promise<void>;
  /** Asks for the latest view once more. */
  ready(): Promise<void>;
  /** Calls `tell` with every view; resolves to the function that stops it. */
  onView(tell: (view: View) => void): Promise<() => void>;
  /** Calls `tell` with a sentence when the resident has ended. */
  onGone(tell: (sentence: string) => void): Promise<() => void>;
};

export const bridge: Bridge = {
  act: (action) => invoke("act", { action }),
  ready: () => invoke("ready"),
  onView: (tell) => listen<View>("view", (event) => tell(event.payload)),
  onGone: (tell) => listen<string>("gone", (event) => tell(event.payload)),
};
