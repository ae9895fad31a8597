/** What happy-dom lacks, a record of what was asked for, and a bridge to nowhere. */
import { vi } from "vitest";

import type { Bridge } from "../bridge";
import type { Action } from "../generated/Action";
import { SETTINGS } from "./views";

/** An `act` that remembers. */
export function recorder() {
  const actions: Action[] = [];
  return { actions, act: (action: Action) => void actions.push(action) };
}

/** A bridge to nowhere. */
export function bridgeOf(changes: Partial<Bridge> = {}): Bridge {
  return {
    act: async () => {},
    ready: async () => {},
    settings: async () => SETTINGS,
    set: async ({ key, value }) => ({ ...SETTINGS, [key]: value }),
    openSettingsFile: async () => {},
    diagnostics: async () => "doorbell 0.1.0",
    onView: async () => () => {},
    onSettings: async () => () => {},
    onGone: async () => () => {},
    ...changes,
  };
}

/** Gives the list's box a height, so that there is room for rows. */
export function room(height = 640) {
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(height);
}

/** An IntersectionObserver that a test drives: `cross` says which rows are on the screen. */
export function observer() {
  const watching = new Set<{ tell: IntersectionObserverCallback; elements: Set<Element> }>();
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      #watch;
      constructor(tell: IntersectionObserverCallback) {
        this.#watch = { tell, elements: new Set<Element>() };
        watching.add(this.#watch);
      }
      observe(element: Element) {
        this.#watch.elements.add(element);
      }
      disconnect() {
        watching.delete(this.#watch);
      }
    },
  );
  return {
    cross(...ids: string[]) {
      for (const { tell, elements } of watching) {
        const entries = [...elements].map((target) => {
          const inside = ids.includes((target as HTMLElement).dataset["id"] ?? "");
          const height = inside ? 60 : 0;
          return {
            target,
            isIntersecting: inside,
            intersectionRatio: inside ? 1 : 0,
            intersectionRect: { height },
            rootBounds: { height: 500 },
          };
        });
        tell(entries as unknown as IntersectionObserverEntry[], {} as IntersectionObserver);
      }
    },
  };
}
