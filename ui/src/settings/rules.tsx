import { useEffect, useState } from "preact/hooks";

import { Choice } from "../controls/choice";
import { Line } from "../controls/line";
import type { RuleSetting } from "../generated/RuleSetting";
import { useWords } from "../words";

type Props = { rules: readonly RuleSetting[]; problem: string | null; set(rules: RuleSetting[]): void };

/** What is told of which items: the first rule that fits an item holds. */
export function Rules({ rules, problem, set }: Props) {
  const { say } = useWords();
  /** A rule that says of nothing yet is kept here until it does. */
  const [drafts, setDrafts] = useState<RuleSetting[]>([...rules]);
  const kept = JSON.stringify(rules);
  useEffect(() => setDrafts((now) => [...rules, ...now.filter((rule) => !isAboutSomething(rule))]), [kept]);

  function change(next: RuleSetting[]) {
    setDrafts(next);
    const sayable = next.filter(isAboutSomething);
    if (JSON.stringify(sayable) !== kept) set(sayable);
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
          <Line label={say("workflow")} placeholder="new-comment" value={rule.workflow ?? ""} keep={(text) => change(drafts.with(index, { ...rule, workflow: text || null }))} />
          <Line label={say("category")} placeholder="billing" value={rule.category ?? ""} keep={(text) => change(drafts.with(index, { ...rule, category: text || null }))} />
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
          <button type="button" class="button" aria-label={say("rule-remove-number", { number: index + 1 })} onClick={() => change(drafts.toSpliced(index, 1))}>
            {say("rule-remove")}
          </button>
        </fieldset>
      ))}
      <button type="button" class="button" onClick={() => change([...drafts, { workflow: null, category: null, tell: "badge" }])}>
        {say("rule-add")}
      </button>
    </div>
  );
}

function isAboutSomething(rule: RuleSetting): boolean {
  return rule.workflow !== null || rule.category !== null;
}
