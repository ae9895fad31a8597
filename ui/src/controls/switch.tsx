import { useId } from "preact/hooks";

type Props = {
  label: string;
  hint?: string | undefined;
  on: boolean;
  /** It is on its way: it can be read but not turned. */
  busy?: boolean;
  turn(on: boolean): void;
};

/** Something that is on or off. */
export function Switch({ label, hint, on, busy = false, turn }: Props) {
  const id = useId();
  return (
    <div class="setting">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        class="switch"
        checked={on}
        aria-disabled={busy}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onClick={(event) => busy && event.preventDefault()}
        onChange={(event) => turn(event.currentTarget.checked)}
      />
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
