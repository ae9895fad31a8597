import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

import type { Act } from "../act";
import type { Row } from "../generated/Row";
import { rowElements } from "./scroller";

/** Reports each unseen row once, when it was on the screen of a visible page. `drawn` changes with the rows that are drawn. */
export function useSeen(scroller: RefObject<HTMLElement | null>, rows: readonly Row[], drawn: string, act: Act) {
  const reported = useRef(new Set<string>());
  const onScreen = useRef(new Set<string>());
  const report = useRef(() => {});
  report.current = () => {
    if (document.visibilityState !== "visible") return;
    const ids = rows
      .filter((row) => row.unseen && onScreen.current.has(row.id) && !reported.current.has(row.id))
      .map((row) => row.id);
    if (ids.length === 0) return;
    ids.forEach((id) => reported.current.add(id));
    act({ do: "seen", ids });
  };

  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const id = (entry.target as HTMLElement).dataset.id ?? "";
          if (entry.isIntersecting && isRead(entry)) onScreen.current.add(id);
          else onScreen.current.delete(id);
        }
        report.current();
      },
      { root: box, threshold: [0, 0.5] },
    );
    onScreen.current.clear();
    rowElements(box).forEach((element) => observer.observe(element));
    return () => observer.disconnect();
  }, [rows, drawn]);

  useEffect(() => {
    const again = () => report.current();
    document.addEventListener("visibilitychange", again);
    return () => document.removeEventListener("visibilitychange", again);
  }, []);
}

/** Half of the row is visible, or as much of it as fits. */
function isRead(entry: IntersectionObserverEntry): boolean {
  const room = entry.rootBounds?.height ?? Infinity;
  return entry.intersectionRatio >= 0.5 || entry.intersectionRect.height >= room / 2;
}
