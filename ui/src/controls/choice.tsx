import { useId } from "preact/hooks";

type Props<Value extends string> = {
  label: string;
  hint?: string;
  value: Value;
  /** Each value with its name, in the order they are offered. */
  options: ReadonlyArray<readonly [Value, string]>;
  choose(value: Value): void;
};

/** One of several. */
export function Choice<Value extends string>({ label, hint, value, options, choose }: Props<Value>) {
  const id = useId();
  return (
    <div class="setting">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => choose(event.currentTarget.value as Value)}
      >
        {options.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
