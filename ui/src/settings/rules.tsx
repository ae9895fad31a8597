import { useState } from "preact/hooks";

import { Choice } from "../controls/choice";
import { Line } from "../controls/line";
import type { RuleSetting } from "../generated/RuleSetting";
import { useWords } from "../words";

type Props = { rules: readonly RuleSetting[]; problem: string | null; set(rules: RuleSetting[]): void };

/** What is told of which items: the first rule that fits an item holds. */
export function Rules({ rules, problem, set }: Props) {
  const { say } = useWords();
  /** A rule that was just added. It is set once something about it was chosen: as it is it would fit every item. */
  const [fresh, setFresh] = useState<RuleSetting | null>(null);
  const drafts = fresh === null ? rules : [...rules, fresh];

  function change(next: RuleSetting[]) {
    setFresh(null);
    set(next);
  }

  function remove(index: number) {
    if (index === rules.length) setFresh(null);
    else set(rules.toSpliced(index, 1));
  }

  return (
    <div class="rules">
      <h3>{say("rules")}</h3>
      <p class="hint">{say("rules-hint")}</p>
      {problem !== null && (
        <p class="field-problem" role="alert">
          {problem}
        </p>
      )}
      {drafts.map((rule, index) => (
        <fieldset class="rule" key={index}>
          <legend class="for-ears">{say("rule", { number: index + 1 })}</legend>
          <Line
            label={say("workflow")}
            placeholder={say("rule-any")}
            value={rule.workflow ?? ""}
            keep={(text) => change(drafts.with(index, { ...rule, workflow: text || null }))}
          />
          <Line
            label={say("category")}
            placeholder={say("rule-any")}
            value={rule.category ?? ""}
            keep={(text) => change(drafts.with(index, { ...rule, category: text || null }))}
          />
          <Choice
            label={say("rule-tell")}
            value={rule.tell}
            options={[
              ["toast", say("rule-toast")],
              ["badge", say("rule-badge")],
              ["ignore", say("rule-ignore")],
            ]}
            choose={(tell) => change(drafts.with(index, { ...rule, tell }))}
          />
          <button
            type="button"
            class="button"
            aria-label={say("rule-remove-number", { number: index + 1 })}
            onClick={() => remove(index)}
          >
            {say("rule-remove")}
          </button>
        </fieldset>
      ))}
      <button
        type="button"
        class="button"
        disabled={fresh !== null}
        onClick={() => setFresh({ workflow: null, category: null, tell: "badge" })}
      >
        {say("rule-add")}
      </button>
    </div>
  );
}
