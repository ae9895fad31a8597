import { useEffect, useId, useRef, useState } from "preact/hooks";

type Props = {
  label: string;
  hint?: string;
  placeholder?: string;
  type?: "text" | "time";
  value: string;
  problem?: string | null;
  /** Called when a person has finished: they left the field or pressed Enter. */
  keep(value: string): void;
};

/** A line of text that is kept when it is left. */
export function Line({ label, hint, placeholder, type = "text", value, problem = null, keep }: Props) {
  const id = useId();
  const [typed, setTyped] = useState(value);
  const last = useRef(value);
  // What was refused stays to be put right.
  useEffect(() => {
    if (problem === null) setTyped(value);
  }, [value]);
  const about = [problem === null ? null : `${id}-problem`, hint === undefined ? null : `${id}-hint`].filter(
    (part) => part !== null,
  );

  function done() {
    const text = typed.trim();
    if (text === value || (problem !== null && text === last.current)) return;
    last.current = text;
    keep(text);
  }

  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        {...TYPE[type]}
        value={typed}
        placeholder={placeholder}
        dir="auto"
        autocomplete="off"
        autocapitalize="off"
        autocorrect="off"
        spellcheck={false}
        aria-invalid={problem !== null}
        aria-describedby={about.length === 0 ? undefined : about.join(" ")}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={done}
        onKeyDown={(event) => {
          if (event.key === "Enter") done();
        }}
      />
      {problem !== null && (
        <p class="field-problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** Kinds of input whose attributes TypeScript would otherwise not tell apart. */
const TYPE = { text: { type: "text" }, time: { type: "time" } } as const;
