import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

import type { Act } from "../act";
import type { Row } from "../generated/Row";
import { focusRow, rowElements } from "./scroller";

/** Arrows, j and k move between rows; r and u mark the row that has the focus. Enter is the row's own button. */
export function useKeys(scroller: RefObject<HTMLElement | null>, rows: readonly Row[], act: Act) {
  useEffect(() => {
    function keys(event: KeyboardEvent) {
      const box = scroller.current;
      if (!box || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.target instanceof Element && event.target.closest("input, textarea, .panel")) return;
      const elements = rowElements(box);
      const at = elements.findIndex((element) => element.contains(document.activeElement));
      const to = destination(event.key, at, elements.length);
      if (to !== null) {
        event.preventDefault();
        focusRow(elements[to]);
        return;
      }
      const row = rows[at];
      if (row && event.key === "r" && row.unread) act({ do: "mark", ids: [row.id], mark: "read" });
      if (row && event.key === "u" && !row.unread) act({ do: "mark", ids: [row.id], mark: "unread" });
    }
    document.addEventListener("keydown", keys);
    return () => document.removeEventListener("keydown", keys);
  }, [rows, act]);
}

/** The number of the row a key leads to, or `null`. `at` is -1 when no row has the focus. */
export function destination(key: string, at: number, length: number): number | null {
  if (length === 0) return null;
  switch (key) {
    case "j":
    case "ArrowDown":
      return Math.min(at + 1, length - 1);
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
