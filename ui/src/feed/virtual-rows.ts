import {
  Virtualizer,
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useRef } from "preact/hooks";

type Options = {
  box: RefObject<HTMLElement | null>;
  /** Rows in the whole list. */
  count: number;
  /** What keeps its height when it moves to another place in the list. */
  keyOf(index: number): string;
  /** The row with the focus stays drawn when it is scrolled away, so that the focus is not lost. */
  kept: number | null;
};

export type VirtualRows = {
  virtual: Virtualizer<HTMLElement, HTMLElement>;
  /** Rows that follow each other on and around the screen. */
  flow: readonly VirtualItem[];
  /** The kept one, when it is not among them. */
  apart: VirtualItem | null;
  /** Heights of what is not drawn above and below. */
  above: number;
  below: number;
};

/**
 * Which rows of a long list are drawn.
 *
 * They stand one after another between two spacers, as in any list, so that a row may grow in place without a jump.
 */
export function useVirtualRows({ box, count, keyOf, kept }: Options): VirtualRows {
  const [, draw] = useReducer((turn: number) => turn + 1, 0);
  const made = useRef<Virtualizer<HTMLElement, HTMLElement>>(null);
  const options = {
    count,
    getScrollElement: () => box.current,
    getItemKey: keyOf,
    estimateSize: () => ESTIMATE,
    // To the fraction of a pixel: at 125 % no row has a whole number of them. In a page that is not laid out, none has any.
    measureElement: (element: HTMLElement) => element.getBoundingClientRect().height || ESTIMATE,
    overscan: 8,
    // Before it is measured; more than that is drawn as soon as it is.
    initialRect: { width: 420, height: 640 },
    rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => {
      const near = defaultRangeExtractor(range);
      return kept === null || kept >= count || near.includes(kept) ? near : [...near, kept];
    },
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => draw(0),
  };
  const virtual = (made.current ??= new Virtualizer<HTMLElement, HTMLElement>(options));
  virtual.setOptions(options);

  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());

  const items = virtual.getVirtualItems();
  const last = items.at(-1);
  const apart = last !== undefined && items.length > 1 && last.index !== items[items.length - 2]!.index + 1 ? last : null;
  const flow = apart === null ? items : items.slice(0, -1);
  const above = flow[0]?.start ?? 0;
  return { virtual, flow, apart, above, below: Math.max(virtual.getTotalSize() - (flow.at(-1)?.end ?? 0), 0) };
}

/** Two lines of text; most rows have that many. */
const ESTIMATE = 76;
