import { useLayoutEffect, useRef } from "preact/hooks";

import { useWords } from "../words";

/** The keys that the list knows. */
export function Help({ close }: { close(): void }) {
  const { say } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const box = dialog.current;
    box?.showModal();
    return () => box?.close();
  }, []);

  const keys: Array<[string[], string]> = [
    [["j", "k", "↓", "↑"], say("help-move")],
    [["Home", "End"], say("help-ends")],
    [["Enter"], say("help-open-item")],
    [["r"], say("help-read")],
    [["u"], say("help-unread")],
    [["e"], say("help-archive")],
    [["x"], say("help-select")],
    [["Shift X"], say("help-range")],
    [["z"], say("help-undo")],
    [["/"], say("help-search")],
    [["Esc"], say("help-escape")],
    [["?"], say("help-help")],
  ];
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-labelledby="help-title"
      onClose={close}
      // A click beside the dialog is a click on its backdrop.
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="inside">
        <h2 id="help-title">{say("help-title")}</h2>
        <dl>
          {keys.map(([names, what]) => (
            <div key={what}>
              <dt>
                {names.map((name) => (
                  <kbd key={name}>{name}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <button type="button" class="button" onClick={close}>
          {say("close")}
        </button>
      </div>
    </dialog>
  );
}
