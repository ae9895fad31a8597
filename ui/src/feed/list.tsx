import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import { newsAbove } from "./news";
import { PAGE, beyond, question } from "./range";
import { Row } from "./row";
import { rowElement, rowOf, settle, stance } from "./scroller";
import { useKeys } from "./use-keys";
import { useSeen } from "./use-seen";

type Props = {
  view: FeedView;
  act: Act;
  now: Date;
  /** The row to bring into view, until it was. */
  bring: string | null;
  brought(id: string): void;
};

/** The rows that were sent, and a question for more when their end comes near. */
export function List({ view, act, now, bring, brought }: Props) {
  const { rows } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const known = useRef<Set<string>>(new Set(rows.map((row) => row.id)));
  const asked = useRef<string | null>(null);
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
      if (rows.length < view.length) ask();
      else if (view.filter !== "all" && asked.current !== bring) {
        asked.current = bring;
        act({ do: "show", filter: "all", first: 0, count: PAGE });
      }
      return;
    }
    element.scrollIntoView({ block: "nearest" });
    setOpened((now) => new Set(now).add(bring));
    setFlash(bring);
    brought(bring);
  }, [bring, rows]);

  useEffect(() => {
    if (flash === null) return;
    const timer = setTimeout(() => setFlash(null), 1200);
    return () => clearTimeout(timer);
  }, [flash]);

  /** Counts the rows above the first one the person has met; at the top, all are met. */
  function meet() {
    const atTop = (scroller.current?.scrollTop ?? 0) <= 4;
    const above = atTop ? 0 : newsAbove(rows, known.current);
    rows.slice(above).forEach((row) => known.current.add(row.id));
    setNews(above);
  }

  /** Asks for more when the end of the rows is less than a screen away. */
  function reach() {
    const box = scroller.current;
    if (box && box.scrollHeight - box.scrollTop - box.clientHeight < box.clientHeight + 200) ask();
  }

  function ask() {
    const action = beyond(view);
    if (action === null || asked.current === question(view)) return;
    asked.current = question(view);
    act(action);
  }

  function open(id: string) {
    setOpened((now) => new Set(now).add(id));
    // It is on the screen already, so a highlight that comes back for it moves nothing.
    brought(id);
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
        {view.more && !view.loading_more && rows.length >= view.length && (
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
