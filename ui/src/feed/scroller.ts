/** How long a row that was brought into view stands out. */
export const FLASH_MS = 1200;

/** How the list stood before new rows were drawn. */
export type Stance = {
  /** Rows must stay where they are: the list is scrolled, or the pointer or the focus is in it. */
  held: boolean;
  /** The row at the upper edge, and how far below that edge it began, in pixels. */
  row: string | null;
  offset: number;
  /** Number of the row that had the focus. */
  focused: number | null;
};

export function stance(box: HTMLElement): Stance {
  const edge = box.getBoundingClientRect().top;
  const elements = rowElements(box);
  const top = elements.find((element) => element.getBoundingClientRect().bottom > edge);
  const focused = elements.find((element) => element.contains(document.activeElement));
  return {
    held: box.scrollTop > 4 || focused !== undefined || box.matches(":hover"),
    row: top?.dataset.id ?? null,
    offset: top ? top.getBoundingClientRect().top - edge : 0,
    focused: focused ? numberOf(focused) : null,
  };
}

/**
 * Puts the row at the upper edge back where it was, and the focus on a neighbour of a row that went away.
 *
 * `startOf` says where in the list a row begins that is too far away to be drawn.
 */
export function settle(box: HTMLElement, before: Stance, startOf: (id: string) => number | null) {
  if (before.held && before.row !== null) {
    const again = rowElement(box, before.row);
    const start = again ? null : startOf(before.row);
    if (again) {
      const moved = again.getBoundingClientRect().top - box.getBoundingClientRect().top - before.offset;
      if (Math.abs(moved) >= 1) scrollBy(box, moved);
    } else if (start !== null) {
      box.scrollTop = start - before.offset;
    }
  }
  if (before.focused !== null && document.activeElement === document.body) {
    const elements = rowElements(box);
    focusRow(elements.find((element) => numberOf(element) >= before.focused!) ?? elements.at(-1));
  }
}

/** Scrolls a list that may be too short for it; the room that it lacks is made below the rows. */
function scrollBy(box: HTMLElement, pixels: number) {
  const to = box.scrollTop + pixels;
  if (to > box.scrollHeight - box.clientHeight) box.style.setProperty("--held", `calc(100% + ${to}px)`);
  box.scrollTop = to;
}

/** At the top no room is needed below. */
export function release(box: HTMLElement) {
  box.style.removeProperty("--held");
}

export function focusRow(element: HTMLElement | undefined) {
  if (!element) return;
  element.querySelector<HTMLElement>(".open")?.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}

export function rowElements(box: HTMLElement): HTMLElement[] {
  return [...box.querySelectorAll<HTMLElement>("li[data-id]")];
}

export function rowElement(box: HTMLElement, id: string): HTMLElement | null {
  return rowElements(box).find((element) => element.dataset.id === id) ?? null;
}

/** The number of a drawn row within the whole list. */
export function numberOf(element: HTMLElement): number {
  return Number(element.dataset.index);
}

/** The id of the row an event came from. */
export function rowOf(target: EventTarget | null): string | null {
  return target instanceof Element ? (target.closest<HTMLElement>("li[data-id]")?.dataset.id ?? null) : null;
}
