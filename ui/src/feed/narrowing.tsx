import { useId } from "preact/hooks";

import type { Act } from "../act";
import type { FeedView } from "../generated/FeedView";
import { readable } from "../readable";
import { useWords, type Say } from "../words";
import { NOTHING_LEFT_OUT, PARTS, choices, isNarrowed } from "./only";
import { show } from "./range";

type Part = (typeof PARTS)[number];

/** A menu for each thing in which the items differ. */
export function Narrowing({ view, act }: { view: FeedView; act: Act }) {
  const { say } = useWords();
  const offered = PARTS.map((part) => [part, choices(part, view.facets, view.only)] as const).filter(
    ([, keys]) => keys.length > 0,
  );
  const all = { ...NOTHING_LEFT_OUT, words: view.only.words };
  return (
    <div class="narrowing" role="group" aria-label={say("narrow")}>
      {offered.map(([part, keys]) => (
        <Menu
          key={part}
          label={labelOf(part, say)}
          keys={keys}
          chosen={view.only[part]}
          name={part === "tenant" ? (key) => key : readable}
          choose={(key) => act(show(view, { only: { [part]: key } }))}
        />
      ))}
      {isNarrowed(view.only) && (
        <button type="button" class="button" onClick={() => act(show(view, { only: all }))}>
          {say("clear")}
        </button>
      )}
    </div>
  );
}

type MenuProps = {
  label: string;
  keys: readonly string[];
  chosen: string | null;
  name(key: string): string;
  choose(key: string | null): void;
};

function Menu({ label, keys, chosen, name, choose }: MenuProps) {
  const id = useId();
  const { say } = useWords();
  return (
    <span class="narrow">
      <label class="for-ears" for={id}>
        {label}
      </label>
      <select
        id={id}
        class={chosen === null ? undefined : "chosen"}
        value={chosen === null ? "" : `=${chosen}`}
        onChange={(event) => choose(event.currentTarget.value === "" ? null : event.currentTarget.value.slice(1))}
      >
        <option value="">{say("any", { what: label })}</option>
        {keys.map((key) => (
          <option key={key} value={`=${key}`}>
            {name(key)}
          </option>
        ))}
      </select>
    </span>
  );
}

function labelOf(part: Part, say: Say): string {
  switch (part) {
    case "category":
      return say("category");
    case "workflow":
      return say("workflow");
    case "tenant":
      return say("tenant");
  }
}
