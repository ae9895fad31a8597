import { useEffect, useRef } from "preact/hooks";

/** A key may mean something to the list: nobody is typing, choosing in a menu, or reading a dialog. */
export function isForTheList(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return false;
  const inside =
    event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select, .panel, dialog");
  return !inside && document.querySelector("dialog[open]") === null;
}

/** Calls what stands under the key in `keys`, wherever in the page it is pressed. */
export function useKeys(keys: Readonly<Record<string, (event: KeyboardEvent) => void>>) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    function press(event: KeyboardEvent) {
      const what = isForTheList(event) && Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      what?.(event);
    }
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

/** The number of the row a key leads to, or `null`. `at` is -1 when no row has the focus; `top` is the first on the screen. */
export function destination(key: string, at: number, top: number, length: number): number | null {
  if (length === 0) return null;
  switch (key) {
    case "j":
    case "ArrowDown":
      return at < 0 ? top : Math.min(at + 1, length - 1);
    case "k":
    case "ArrowUp":
      return at < 0 ? null : Math.max(at - 1, 0);
    case "Home":
      return at < 0 ? null : 0;
    case "End":
      return at < 0 ? null : length - 1;
    default:
      return null;
  }
}
