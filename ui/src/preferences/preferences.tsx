import { useCallback } from "preact/hooks";

import type { Act } from "../act";
import { Switch } from "../controls/switch";
import type { PreferenceKind } from "../generated/PreferenceKind";
import type { PreferenceSwitch } from "../generated/PreferenceSwitch";
import type { PreferencesView } from "../generated/PreferencesView";
import { PageHeader } from "../page-header";
import { readable } from "../readable";
import { useWords, type Say } from "../words";

type Props = {
  view: PreferencesView;
  act: Act;
  /** Why the last action did not reach Doorbell. */
  lost: string | null;
};

/** What a person wants to be told of, as Knock keeps it for them on every device. */
export function Preferences({ view, act, lost }: Props) {
  const { say } = useWords();
  const back = useCallback(() => act({ do: "back" }), [act]);
  const problem = lost ?? view.problem;
  return (
    <main class="page sheet">
      <PageHeader title={say("preferences")} to={say("back")} back={back} />
      <p class="hint">{say("preferences-whose", { user: view.user })}</p>
      {problem !== null && (
        <div class="top-problem" role="alert">
          <p>{problem}</p>
          {!view.loaded && (
            <button type="button" class="button" onClick={() => act({ do: "preferences" })}>
              {say("try-again")}
            </button>
          )}
        </div>
      )}
      {!view.loaded && problem === null && (
        <div class="waits">
          <p role="status">{say("preferences-fetching")}</p>
          <div class="slow" aria-hidden="true" />
        </div>
      )}
      {view.loaded && view.switches.length === 0 && <p>{say("preferences-none")}</p>}
      {view.loaded && (
        <div class="groups" aria-busy={view.busy}>
          {KINDS.map((kind) => (
            <Group
              key={kind}
              title={titleOf(kind, say)}
              switches={view.switches.filter((one) => one.kind === kind)}
              busy={view.busy}
              turn={(key, on) => act({ do: "set_preference", kind, key, on })}
            />
          ))}
          <p class="told" role="status">
            {view.busy && say("preferences-saving")}
          </p>
        </div>
      )}
    </main>
  );
}

type GroupProps = { title: string; switches: readonly PreferenceSwitch[]; busy: boolean; turn(key: string, on: boolean): void };

function Group({ title, switches, busy, turn }: GroupProps) {
  const { say } = useWords();
  if (switches.length === 0) return null;
  return (
    <section class="group">
      <h2>{title}</h2>
      {switches.map(({ kind, key, on, depends }) => (
        <Switch
          key={key}
          label={kind === "channel_type" ? channelName(key, say) : readable(key)}
          hint={depends ? say("depends") : undefined}
          on={on}
          busy={busy}
          turn={(on) => turn(key, on)}
        />
      ))}
    </section>
  );
}

const KINDS: readonly PreferenceKind[] = ["category", "workflow", "channel_type"];

function titleOf(kind: PreferenceKind, say: Say): string {
  switch (kind) {
    case "category":
      return say("preferences-categories");
    case "workflow":
      return say("preferences-workflows");
    case "channel_type":
      return say("preferences-channels");
  }
}

/** Knock's types of channels have names that people use. */
function channelName(key: string, say: Say): string {
  switch (key) {
    case "in_app_feed":
      return say("channel-in-app");
    case "email":
      return say("channel-email");
    case "sms":
      return say("channel-sms");
    case "push":
      return say("channel-push");
    case "chat":
      return say("channel-chat");
    case "http":
      return say("channel-http");
    default:
      return readable(key);
  }
}
