import { useEffect, useRef } from "preact/hooks";

import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import { later } from "../later";
import { question, wanted } from "./range";

/**
 * Asks for what the screen lacks: the same question once, and one at a time.
 *
 * Whoever drags the scrollbar through ten thousand rows passes a hundred places; only those where an answer came in between
 * are asked about, and the one where they stop.
 */
export function useAsk(view: FeedView, act: Act): (from: number, to: number) => void {
  const asked = useRef<string | null>(null);
  const waiting = useRef<(() => void) | null>(null);
  const latest = useRef({ view, range: { from: 0, to: -1 } });
  latest.current.view = view;

  function ask() {
    const { view, range } = latest.current;
    if (waiting.current || range.to < range.from) return;
    const action = wanted(view, range.from, range.to);
    if (action === null || asked.current === question(action, view)) return;
    asked.current = question(action, view);
    waiting.current = later(answered, PATIENCE_MS);
    act(action);
  }

  function answered() {
    waiting.current?.();
    waiting.current = null;
    ask();
  }

  useEffect(answered, [view.rows]);
  useEffect(() => () => waiting.current?.(), []);

  return (from, to) => {
    latest.current.range = { from, to };
    ask();
  };
}

/** So long is waited for an answer before the next question. */
const PATIENCE_MS = 250;
