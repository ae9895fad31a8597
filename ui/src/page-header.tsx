import { useEffect, useRef } from "preact/hooks";

/** What a page beside the list is, and the way back from it, whose name is `to`; Escape takes it as well. */
export function PageHeader({ title, to, back }: { title: string; to: string; back(): void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Who came by the keyboard or listens starts at the top of the page.
  useEffect(() => heading.current?.focus(), []);

  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const editing =
        event.target instanceof Element && event.target.closest("input:not([type=checkbox]), select, textarea") !== null;
      if (event.key === "Escape" && !event.defaultPrevented && !editing) back();
    };
    document.addEventListener("keydown", keys);
    return () => document.removeEventListener("keydown", keys);
  }, [back]);

  return (
    <header class="page-header">
      <button type="button" class="icon" aria-label={to} title={to} onClick={back}>
        <svg class="turns" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false" fill="none">
          <path d="M9.5 3 4.5 8l5 5" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
      </button>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
    </header>
  );
}
