import { useEffect, useId, useRef, useState } from "preact/hooks";

import type { Act } from "../act";

/** Refresh and sign out, behind three dots. */
export function OverflowMenu({ act }: { act: Act }) {
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const id = useId();

  function close(back: boolean) {
    setOpen(false);
    setAsking(false);
    if (back) opener.current?.focus();
  }

  // Each face of the panel starts at its first button.
  useEffect(() => {
    if (open) panel.current?.querySelector("button")?.focus();
  }, [open, asking]);

  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) close(false);
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
    const buttons = [...(panel.current?.querySelectorAll("button") ?? [])];
    const at = buttons.findIndex((button) => button === document.activeElement);
    const step = event.key === "ArrowDown" ? 1 : -1;
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  }

  return (
    <div class="overflow" ref={place} onKeyDown={keys}>
      <button
        ref={opener}
        type="button"
        class="icon"
        aria-label="More"
        title="More"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => (open ? close(false) : setOpen(true))}
      >
        <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false" fill="currentColor">
          <circle cx="3" cy="8" r="1.4" />
          <circle cx="8" cy="8" r="1.4" />
          <circle cx="13" cy="8" r="1.4" />
        </svg>
      </button>
      <div id={id} class="panel" ref={panel} hidden={!open}>
        {open && !asking && (
          <>
            <button
              type="button"
              class="entry"
              onClick={() => {
                act({ do: "retry" });
                close(true);
              }}
            >
              Refresh
            </button>
            <button type="button" class="entry" onClick={() => setAsking(true)}>
              Sign out…
            </button>
          </>
        )}
        {open && asking && (
          <div class="asking" role="group" aria-label="Sign out">
            <p>Sign out? The key leaves this computer’s keychain. Your notifications stay at Knock.</p>
            <div class="pair">
              <button type="button" class="button" onClick={() => close(true)}>
                Cancel
              </button>
              <button
                type="button"
                class="button primary"
                onClick={() => {
                  act({ do: "sign_out" });
                  close(false);
                }}
              >
                Sign out
              </button>
            </div>
          </div>
        )}
      </div>
    </div>
  );
}
