import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

type Props = {
  /** Where it stands, for the style sheet. */
  kind: "overflow" | "switcher";
  /** What the button that opens it is called. */
  label: string;
  opener: ComponentChildren;
  /** Another face of the panel starts at its first button as well. */
  face?: unknown;
  closed?(): void;
  /** What is in the panel; `close` takes it away and hands the focus back, or not. */
  children(close: (back: boolean) => void): ComponentChildren;
};

/** A button and the panel of buttons that it opens. Escape, a click elsewhere, or the focus elsewhere close it. */
export function Popup({ kind, label, opener, face, closed, children }: Props) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const id = useId();

  function close(back: boolean) {
    setOpen(false);
    closed?.();
    if (back) button.current?.focus();
  }
  const leave = useRef(close);
  leave.current = close;

  useLayoutEffect(() => {
    if (!open) return;
    const current = panel.current?.querySelector<HTMLElement>("button[aria-current]");
    (current ?? panel.current?.querySelector<HTMLElement>("button:not([disabled])"))?.focus();
  }, [open, face]);

  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) leave.current(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);

  function keys(event: KeyboardEvent) {
    if (event.key === "Escape" && open) {
      event.preventDefault();
      close(true);
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    event.stopPropagation();
    const buttons = [...(panel.current?.querySelectorAll<HTMLElement>("button:not([disabled])") ?? [])];
    const at = buttons.findIndex((button) => button === document.activeElement);
    const step = event.key === "ArrowDown" ? 1 : -1;
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  }

  return (
    <div class={kind} ref={place} onKeyDown={keys}>
      <button
        ref={button}
        type="button"
        class={kind === "overflow" ? "icon" : "choice"}
        aria-label={label}
        title={label}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => (open ? close(false) : setOpen(true))}
      >
        {opener}
      </button>
      <div id={id} class="panel" ref={panel} hidden={!open}>
        {open && children(close)}
      </div>
    </div>
  );
}
