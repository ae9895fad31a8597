import { useEffect, useRef, useState } from "preact/hooks";

import { reason, type Bridge } from "../bridge";
import { useWords } from "../words";

/** The file behind the page, and what helps whoever is asked for help. */
export function FileAndHelp({ bridge, file }: { bridge: Bridge; file: string | null }) {
  const { say } = useWords();
  const [told, setTold] = useState<string | null>(null);
  /** The text itself, where the system does not let a page copy it. */
  const [shown, setShown] = useState<string | null>(null);
  const text = useRef<HTMLTextAreaElement>(null);
  useEffect(() => text.current?.select(), [shown]);

  async function copy() {
    setShown(null);
    let diagnostics = "";
    try {
      diagnostics = await bridge.diagnostics();
      await navigator.clipboard.writeText(diagnostics);
      setTold(say("diagnostics-copied"));
    } catch (why: unknown) {
      if (diagnostics === "") setTold(say("not-reached", { reason: reason(why) || say("no-reason") }));
      else {
        setTold(say("diagnostics-by-hand"));
        setShown(diagnostics);
      }
    }
  }

  function open() {
    setTold(null);
    bridge
      .openSettingsFile()
      .catch((why: unknown) => setTold(say("file-not-opened", { reason: reason(why) || say("no-reason") })));
  }

  return (
    <section class="group">
      <h2>{say("group-file")}</h2>
      <p class="hint">{say("file-hint")}</p>
      {file !== null && <code>{file}</code>}
      <div class="form-actions">
        <button type="button" class="button" onClick={open}>
          {say("file-open")}
        </button>
        <button type="button" class="button" onClick={() => void copy()}>
          {say("diagnostics")}
        </button>
      </div>
      <p class="told" role="status">
        {told}
      </p>
      {shown !== null && (
        <textarea ref={text} class="diagnostics" readOnly rows={8} aria-label={say("diagnostics-text")} value={shown} />
      )}
    </section>
  );
}
