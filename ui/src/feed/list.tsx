import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import type { Row as RowView } from "../generated/Row";
import { useWords } from "../words";
import { destination, useKeys } from "./keys";
import { ListEnd } from "./list-end";
import { newsAbove } from "./news";
import { NOTHING_LEFT_OUT } from "./only";
import { MOST } from "./range";
import { Row, type RowProps } from "./row";
import { FLASH_MS, focusRow, numberOf, release, rowElement, rowElements, rowOf, settle, stance } from "./scroller";
import { extended, marked, toggled, type Selection } from "./selection";
import { useAsk } from "./use-ask";
import { useSeen } from "./use-seen";
import { useVirtualRows } from "./virtual-rows";

type Props = {
  view: FeedView;
  act: Act;
  now: Date;
  /** The row to bring into view, until it was. */
  bring: string | null;
  /** It is in view. */
  found(id: string): void;
  /** Absent while none are being selected. */
  selection: Selection | null;
  select(selection: Selection | null): void;
};

/** The rows of a list of any length: those near the screen are drawn, and asked for where they were not sent. */
export function List({ view, act, now, bring, found, selection, select }: Props) {
  const { say } = useWords();
  const { rows, first, length } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const met = useRef({ first, rows });
  const sought = useRef<string | null>(null);
  const brought = useRef<string | null>(null);
  const destined = useRef<number | null>(null);
  const [news, setNews] = useState(0);
  const [activeId, setActiveId] = useState<string | null>(null);
  const [focusedId, setFocusedId] = useState<string | null>(null);
  /** The row that keys led to shows its whole text, until they lead on: a press of the pointer elsewhere must move nothing. */
  const [reachedId, setReachedId] = useState<string | null>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const [flash, setFlash] = useState<string | null>(null);
  const ask = useAsk(view, act);

  // Read before the new rows are drawn, to find out afterwards what they moved.
  const before = scroller.current && met.current.rows !== rows ? stance(scroller.current) : null;
  const fresh = before === null ? 0 : newsAbove(met.current, view);
  // Those slide in until the next view comes, however often the list is drawn in between.
  const arrived = useRef({ rows, count: 0 });
  if (before !== null) arrived.current = { rows, count: before.held ? 0 : fresh };

  const rowAt = (index: number): RowView | undefined => rows[index - first];
  const placeOf = (id: string | null): number | null => {
    const index = id === null ? -1 : rows.findIndex((row) => row.id === id);
    return index < 0 ? null : first + index;
  };
  const keyOf = useCallback((index: number) => rows[index - first]?.id ?? `number ${index}`, [rows, first]);
  const { virtual, flow, apart, above, below } = useVirtualRows({
    box: scroller,
    count: length,
    keyOf,
    kept: placeOf(focusedId),
  });
  const drawn = `${flow[0]?.index} ${flow.at(-1)?.index} ${apart?.index}`;
  const top = virtual.range?.startIndex ?? 0;

  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    // What was drawn anew may have another height than it had the last time.
    rowElements(box).forEach((element) => virtual.measureElement(element));
    if (before === null) return;
    settle(box, before, (id) => {
      const place = placeOf(id);
      return place === null ? null : (virtual.measurementsCache[place]?.start ?? null);
    });
    setNews((now) => (atTop() ? 0 : now + fresh));
    met.current = { first, rows };
  });

  useEffect(() => {
    if (virtual.range) ask(virtual.range.startIndex, virtual.range.endIndex);
  }, [rows, length, view.more, view.loading_more, virtual.range?.startIndex, virtual.range?.endIndex]);

  useSeen(scroller, rows, drawn, act);

  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    if (destined.current !== null) {
      const element = rowElements(box).find((element) => numberOf(element) === destined.current);
      if (element) {
        destined.current = null;
        focusRow(element);
      }
    }
    if (bring === null) brought.current = null;
    if (bring === null || bring === brought.current) return;
    const element = rowElement(box, bring);
    const place = placeOf(bring);
    if (element) {
      brought.current = bring;
      element.scrollIntoView({ block: "nearest" });
      setOpened((now) => new Set(now).add(bring));
      setFlash(bring);
      found(bring);
    } else if (sought.current !== `${bring} ${place}`) {
      sought.current = `${bring} ${place}`;
      if (place === null) act({ do: "show", filter: "all", only: NOTHING_LEFT_OUT, first: 0, count: MOST });
      else virtual.scrollToIndex(place, { align: "center" });
    }
  });

  useEffect(() => {
    if (flash === null) return;
    const timer = setTimeout(() => setFlash(null), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flash]);

  function atTop(): boolean {
    return (scroller.current?.scrollTop ?? 0) <= 4;
  }

  function scrolled() {
    if (!scroller.current || !atTop()) return;
    release(scroller.current);
    setNews(0);
  }

  function open(id: string) {
    setOpened((now) => new Set(now).add(id));
    // It is on the screen already, so a highlight that comes back for it moves nothing.
    found(id);
    act({ do: "open", id });
  }

  function choose(id: string, range: boolean) {
    const start = selection ?? { ids: new Set<string>(), anchor: activeId };
    select(
      range
        ? extended(
            start,
            id,
            rows.map((row) => row.id),
          )
        : toggled(start, id),
    );
  }

  function toTop() {
    const box = scroller.current;
    if (!box) return;
    box.scrollTop = 0;
    setNews(0);
    destined.current = 0;
  }

  function walk(event: KeyboardEvent) {
    const focused = scroller.current?.querySelector<HTMLElement>("li[data-id]:focus-within");
    const to = destination(event.key, focused ? numberOf(focused) : -1, top, length);
    if (to === null) return;
    event.preventDefault();
    const element = rowElements(scroller.current!).find((element) => numberOf(element) === to);
    destined.current = element ? null : to;
    if (element) focusRow(element);
    else virtual.scrollToIndex(to, { align: "auto" });
  }

  /** Marks what is selected, or else the row with the focus, unless it is so already. */
  function mark(kind: "read" | "unread" | "archived") {
    if (selection && selection.ids.size > 0) {
      act(marked(selection, kind === "archived" && view.filter === "archived" ? "unarchived" : kind));
      select(null);
      return;
    }
    const row = rows.find((row) => row.id === focusedId);
    if (!row) return;
    if (kind === "archived") act({ do: "mark", ids: [row.id], mark: row.archived ? "unarchived" : "archived" });
    else if (row.unread !== (kind === "unread")) act({ do: "mark", ids: [row.id], mark: kind });
  }

  useKeys({
    j: walk,
    k: walk,
    ArrowDown: walk,
    ArrowUp: walk,
    Home: walk,
    End: walk,
    r: () => mark("read"),
    u: () => mark("unread"),
    e: () => mark("archived"),
    x: () => focusedId !== null && choose(focusedId, false),
    X: () => focusedId !== null && choose(focusedId, true),
  });

  const near = apart === null ? flow : apart.index < (flow[0]?.index ?? 0) ? [apart, ...flow] : [...flow, apart];
  const isDrawn = activeId !== null && near.some((item) => rowAt(item.index)?.id === activeId);
  const active = isDrawn ? activeId : (rowAt(top)?.id ?? rows[0]?.id);
  const common: Pick<RowProps, "act" | "now" | "open" | "choose" | "turn"> = {
    act,
    now,
    open,
    choose,
    turn: (id) => setUnfolded((now) => toggled({ ids: now, anchor: null }, id).ids),
  };
  return (
    <div class="list">
      <div class="news" aria-live="polite">
        {news > 0 && (
          <button type="button" class="pill" onClick={toTop}>
            {say("news", { count: news })}
          </button>
        )}
      </div>
      <div class="scroller" ref={scroller} onScroll={scrolled}>
        <ul
          class="rows"
          role="list"
          aria-label={say("notifications")}
          style={{ paddingTop: `${above}px`, paddingBottom: `${below}px` }}
          onFocusIn={(event) => {
            setActiveId(rowOf(event.target));
            setFocusedId(rowOf(event.target));
            if (event.target instanceof Element && event.target.matches(":focus-visible")) setReachedId(rowOf(event.target));
          }}
          onFocusOut={(event) => setFocusedId(rowOf(event.relatedTarget))}
        >
          {near.map(({ index, start, key }) => {
            const row = rowAt(index);
            const place = { index, length, apart: index === apart?.index ? start : null };
            if (!row) return <li key={key} class="row unsent" aria-hidden="true" data-index={index} />;
            return (
              <Row
                key={row.id}
                {...common}
                row={row}
                place={place}
                active={row.id === active}
                opened={opened.has(row.id) || row.id === reachedId}
                unfolded={unfolded.has(row.id)}
                arrives={index < arrived.current.count}
                flashes={row.id === flash}
                selected={selection === null ? null : selection.ids.has(row.id)}
              />
            );
          })}
        </ul>
        <ListEnd view={view} act={act} />
      </div>
    </div>
  );
}
