import { useId } from "preact/hooks";

import { useWords } from "../words";
import type { FieldName, FieldWords } from "./fields";

type Props = {
  words: FieldWords;
  value: string;
  problem: string | null;
  /** What was typed is on its way: it can be read but not changed. */
  fixed: boolean;
  change(name: FieldName, value: string): void;
  leave(name: FieldName): void;
  hold(name: FieldName, input: HTMLInputElement | null): void;
};

/** One line of the form: its name, the input, where to find the value, and what is wrong with it. */
export function Field({ words, value, problem, fixed, change, leave, hold }: Props) {
  const { say } = useWords();
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{say(words.label)}</label>
      <input
        id={id}
        ref={(input) => hold(words.name, input)}
        {...TYPE[words.name === "user_token" ? "secret" : "plain"]}
        value={value}
        placeholder={words.example}
        readOnly={fixed}
        required={words.name === "public_key" || words.name === "user_id" || words.name === "feed_id"}
        autocomplete="off"
        dir="auto"
        autocapitalize="off"
        autocorrect="off"
        spellcheck={false}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? `${id}-hint` : `${id}-problem ${id}-hint`}
        onInput={(event) => change(words.name, event.currentTarget.value)}
        onBlur={() => leave(words.name)}
      />
      {problem !== null && (
        <p class="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      <p class="hint" id={`${id}-hint`}>
        {say(words.hint)}
      </p>
    </div>
  );
}

/** A token opens the feed to whoever reads it over a shoulder; the rest is no secret. */
const TYPE = { secret: { type: "password" }, plain: { type: "text" } } as const;
