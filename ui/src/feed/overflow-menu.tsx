import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import type { Act } from "../act";
import type { Action } from "../generated/Action";
import type { FeedView } from "../generated/FeedView";
import { MoreIcon } from "../icons";
import { useWords } from "../words";
import { Popup } from "./popup";
import { NONE } from "./selection";
import type { Tools } from "./top-bar";

type Props = { view: FeedView; act: Act; tools: Pick<Tools, "select" | "help"> };
type Face = "all" | "pause" | "sign-out";

/** Everything that is asked for now and then, behind three dots. */
export function OverflowMenu({ view, act, tools }: Props) {
  const { say } = useWords();
  const [face, setFace] = useState<Face>("all");
  const whom = view.accounts.length > 1 ? view.user : "";
  return (
    <Popup kind="overflow" label={say("more")} opener={<MoreIcon />} face={face} closed={() => setFace("all")}>
      {(close) => {
        /** An entry that asks for something; the focus stays here unless that leads elsewhere. */
        const asks = (label: string, action: Action, back: boolean, disabled = false) => (
          <Entry
            disabled={disabled}
            choose={() => {
              act(action);
              close(back);
            }}
          >
            {label}
          </Entry>
        );
        switch (face) {
          case "sign-out":
            return (
              <div class="asking" role="group" aria-label={say("sign-out")}>
                <p>{whom === "" ? say("sign-out-question") : say("sign-out-question-of", { user: whom })}</p>
                <div class="pair">
                  <button type="button" class="button" onClick={() => close(true)}>
                    {say("cancel")}
                  </button>
                  <button
                    type="button"
                    class="button primary"
                    onClick={() => {
                      act({ do: "sign_out", account: view.account });
                      close(false);
                    }}
                  >
                    {say("sign-out")}
                  </button>
                </div>
              </div>
            );
          case "pause":
            return (
              <div role="group" aria-label={say("pause-title")}>
                <p class="whose">{say("pause-title")}</p>
                {asks(say("pause-minutes", { n: 30 }), { do: "pause", until: { minutes: 30 } }, true)}
                {asks(say("pause-hour"), { do: "pause", until: { minutes: 60 } }, true)}
                {asks(say("pause-tomorrow"), { do: "pause", until: "tomorrow" }, true)}
                {asks(say("pause-open"), { do: "pause", until: "resumed" }, true)}
                <Entry choose={() => setFace("all")}>{say("back-to-menu")}</Entry>
              </div>
            );
          case "all":
            return (
              <>
                {asks(say("mark-all-read"), { do: "mark_all", mark: "read" }, true, view.counts.unread === 0)}
                {asks(say("archive-all"), { do: "mark_all", mark: "archived" }, true, view.counts.total === 0)}
                <Entry
                  disabled={view.length === 0}
                  choose={() => {
                    tools.select(NONE);
                    close(false);
                  }}
                >
                  {say("select")}
                </Entry>
                <hr />
                {view.pause === null || view.pause.quiet_hours ? (
                  <Entry choose={() => setFace("pause")}>{say("pause")}</Entry>
                ) : (
                  asks(say("resume"), { do: "resume" }, true)
                )}
                {asks(say("refresh"), { do: "retry" }, true)}
                <hr />
                {asks(say("preferences-open"), { do: "preferences" }, false)}
                {asks(say("settings-open"), { do: "settings" }, false)}
                <Entry
                  choose={() => {
                    close(true);
                    tools.help();
                  }}
                >
                  {say("help-open")}
                </Entry>
                <hr />
                {asks(say("add-account"), { do: "add_account" }, false)}
                <Entry choose={() => setFace("sign-out")}>
                  {whom === "" ? say("sign-out-open") : say("sign-out-open-of", { user: whom })}
                </Entry>
              </>
            );
        }
      }}
    </Popup>
  );
}

function Entry({ choose, disabled = false, children }: { choose(): void; disabled?: boolean; children: ComponentChildren }) {
  return (
    <button type="button" class="entry" disabled={disabled} onClick={choose}>
      {children}
    </button>
  );
}
