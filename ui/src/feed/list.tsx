import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Act } from "../act";
import type { Action } from "../generated/Action";
import type { FeedView } from "../generated/FeedView";
import { newsAbove } from "./news";
import { MOST, above, below, question } from "./range";
import { Row } from "./row";
import { FLASH_MS, rowElement, rowOf, settle, stance } from "./scroller";
import { useKeys } from "./use-keys";
import { useSeen } from "./use-seen";

type Props = {
  view: FeedView;
  act: Act;
  now: Date;
  /** The row to bring into view, until it was. */
  bring: string | null;
  /** It is in view. */
  found(id: string): void;
};

/** The rows that were sent, and a question for more when their end comes near. */
export function List({ view, act, now, bring, found }: Props) {
  const { rows } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const known = useRef<Set<string>>(new Set(rows.map((row) => row.id)));
  const asked = useRef<string | null>(null);
  const sought = useRef<string | null>(null);
  const [news, setNews] = useState(0);
  const [activeId, setActiveId] = useState<string | null>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [flash, setFlash] = useState<string | null>(null);

  // Read before the new rows are drawn, to find out afterwards what they moved.
  const before = scroller.current ? stance(scroller.current) : null;
  const arriving = before === null || before.held ? 0 : newsAbove(rows, known.current);

  useLayoutEffect(() => {
    if (!scroller.current) return;
    if (before) settle(scroller.current, before);
    meet();
    reach();
  }, [rows]);

  useSeen(scroller, rows, act);
  useKeys(scroller, rows, act);

  useEffect(() => {
    const box = scroller.current;
    if (bring === null || !box) return;
    const element = rowElement(box, bring);
    if (!element) {
      if (sought.current !== bring) act({ do: "show", filter: "all", first: 0, count: MOST });
      sought.current = bring;
      return;
    }
    element.scrollIntoView({ block: "nearest" });
    setOpened((now) => new Set(now).add(bring));
    setFlash(bring);
    found(bring);
  }, [bring, rows]);

  useEffect(() => {
    if (flash === null) return;
    const timer = setTimeout(() => setFlash(null), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flash]);

  /** Counts the rows above the first one the person has met; at the top, all are met. */
  function meet() {
    const atTop = view.first === 0 && (scroller.current?.scrollTop ?? 0) <= 4;
    const unmet = atTop ? 0 : newsAbove(rows, known.current);
    rows.slice(unmet).forEach((row) => known.current.add(row.id));
    setNews(unmet);
  }

  /** Asks for more when an end of the rows is less than a screen away. */
  function reach() {
    const box = scroller.current;
    if (!box) return;
    const near = box.clientHeight + 200;
    if (box.scrollHeight - box.scrollTop - box.clientHeight < near) ask(below(view));
    else if (box.scrollTop < near) ask(above(view));
  }

  function ask(action: Action | null) {
    if (action === null || asked.current === question(action, view)) return;
    asked.current = question(action, view);
    act(action);
  }

  function open(id: string) {
    setOpened((now) => new Set(now).add(id));
    // It is on the screen already, so a highlight that comes back for it moves nothing.
    found(id);
    act({ do: "open", id });
  }

  function toTop() {
    const box = scroller.current;
    if (!box) return;
    box.scrollTop = 0;
    meet();
    box.querySelector<HTMLElement>("li .open")?.focus({ preventScroll: true });
  }

  const active = rows.some((row) => row.id === activeId) ? activeId : rows[0]?.id;
  return (
    <div class="list">
      <div class="news" aria-live="polite">
        {news > 0 && (
          <button type="button" class="pill" onClick={toTop}>
            {news} new
          </button>
        )}
      </div>
      <div
        class="scroller"
        ref={scroller}
        onScroll={() => {
          meet();
          reach();
        }}
      >
        <ul role="list" aria-label="Notifications" onFocusIn={(event) => setActiveId(rowOf(event.target))}>
          {rows.map((row, index) => (
            <Row
              key={row.id}
              row={row}
              act={act}
              now={now}
              active={row.id === active}
              opened={opened.has(row.id)}
              arrives={index < arriving}
              flashes={row.id === flash}
              open={open}
            />
          ))}
        </ul>
        {view.loading_more && (
          <p class="end" role="status">
            Fetching older notifications…
          </p>
        )}
        {view.more && !view.loading_more && view.first + rows.length >= view.length && (
          <p class="end">
            <button type="button" class="button" onClick={() => act({ do: "more" })}>
              Show older
            </button>
          </p>
        )}
      </div>
    </div>
  );
}
