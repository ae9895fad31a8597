import { useCallback, useMemo } from "preact/hooks";

import type { Act } from "../act";
import type { Bridge } from "../bridge";
import { Choice } from "../controls/choice";
import { Line } from "../controls/line";
import { Switch } from "../controls/switch";
import type { SettingChange } from "../generated/SettingChange";
import type { SettingsView } from "../generated/SettingsView";
import { PageHeader } from "../page-header";
import { useWords, type Language } from "../words";
import { FileAndHelp } from "./file-and-help";
import { Proxy } from "./proxy";
import { QuietHours } from "./quiet-hours";
import { Rules } from "./rules";
import { useSettings, type Refusal } from "./use-settings";

type Props = {
  /** Somebody is signed in, so that there is a list to go back to. */
  back: boolean;
  act: Act;
  bridge: Bridge;
  /** The page speaks another language from now on. */
  speak(language: Language): void;
  /** Why the last action did not reach Doorbell. */
  lost: string | null;
};

/** Everything that can be set, each thing at once when it is changed. */
export function Settings({ back, act, bridge, speak, lost }: Props) {
  const { say } = useWords();
  const { settings, trouble, refusal, set, again } = useSettings(bridge, speak);
  const goBack = useCallback(() => act({ do: "back" }), [act]);
  return (
    <main class="page sheet">
      <PageHeader title={say("settings")} to={say(back ? "back" : "back-to-sign-in")} back={goBack} />
      {lost !== null && (
        <div class="top-problem" role="alert">
          <p>{lost}</p>
        </div>
      )}
      {trouble !== null && (
        <div class="top-problem" role="alert">
          <p>{say("settings-unread", { reason: trouble || say("no-reason") })}</p>
          <button type="button" class="button" onClick={again}>
            {say("try-again")}
          </button>
        </div>
      )}
      {settings && settings.complaints.length > 0 && (
        <div class="top-problem" role="alert">
          <div>
            <p>{say("complaints")}</p>
            <ul class="complaints">
              {settings.complaints.map((complaint) => (
                <li key={complaint}>{complaint}</li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {settings && <Groups settings={settings} refusal={refusal} set={set} />}
      <FileAndHelp bridge={bridge} file={settings?.file ?? null} />
    </main>
  );
}

type GroupsProps = { settings: SettingsView; refusal: Refusal | null; set(change: SettingChange): void };

function Groups({ settings, refusal, set }: GroupsProps) {
  const { say } = useWords();
  const against = (key: SettingChange["key"]) => (refusal?.key === key ? refusal.sentence : null);
  /** What Doorbell says against a switch or a choice, which cannot say it themselves. */
  const told = useMemo(() => (refusal && !LINES.has(refusal.key) ? refusal.sentence : null), [refusal]);
  return (
    <>
      {told !== null && (
        <div class="top-problem" role="alert">
          <p>{told}</p>
        </div>
      )}
      <section class="group">
        <h2>{say("group-general")}</h2>
        <Choice
          label={say("language")}
          value={settings.language}
          options={[
            ["system", say("language-system")],
            ["en", "English"],
            ["de", "Deutsch"],
          ]}
          choose={(value) => set({ key: "language", value })}
        />
        {settings.start_at_login !== null && (
          <Switch
            label={say("start-at-login")}
            hint={say("start-at-login-hint")}
            on={settings.start_at_login}
            turn={(value) => set({ key: "start_at_login", value })}
          />
        )}
        {settings.shortcut !== null && (
          <Line
            label={say("shortcut")}
            hint={say("shortcut-hint")}
            value={settings.shortcut}
            problem={against("shortcut")}
            keep={(value) => set({ key: "shortcut", value: value || null })}
          />
        )}
      </section>
      <section class="group">
        <h2>{say("group-tray")}</h2>
        <Choice
          label={say("badge")}
          hint={say("badge-hint")}
          value={settings.badge}
          options={[
            ["unread", say("badge-unread")],
            ["unseen", say("badge-unseen")],
          ]}
          choose={(value) => set({ key: "badge", value })}
        />
        <Choice
          label={say("tray-style")}
          value={settings.tray_style}
          options={[
            ["number", say("tray-number")],
            ["dot", say("tray-dot")],
            ["none", say("tray-none")],
          ]}
          choose={(value) => set({ key: "tray_style", value })}
        />
        <Choice
          label={say("tray-theme")}
          value={settings.tray_theme}
          options={[
            ["colour", say("tray-colour")],
            ["light", say("tray-light")],
            ["dark", say("tray-dark")],
          ]}
          choose={(value) => set({ key: "tray_theme", value })}
        />
      </section>
      <section class="group">
        <h2>{say("group-toasts")}</h2>
        <Switch
          label={say("toasts")}
          hint={say("toasts-hint")}
          on={settings.toasts}
          turn={(value) => set({ key: "toasts", value })}
        />
        <Switch label={say("sound")} on={settings.sound} turn={(value) => set({ key: "sound", value })} />
        <Switch
          label={say("private")}
          hint={say("private-hint")}
          on={settings.private}
          turn={(value) => set({ key: "private", value })}
        />
        <QuietHours
          hours={settings.quiet_hours}
          problem={against("quiet_hours")}
          set={(value) => set({ key: "quiet_hours", value })}
        />
        <Rules rules={settings.rules} problem={against("rules")} set={(value) => set({ key: "rules", value })} />
      </section>
      <section class="group">
        <h2>{say("group-privacy")}</h2>
        <Switch
          label={say("avatars")}
          hint={say("avatars-hint")}
          on={settings.avatars}
          turn={(value) => set({ key: "avatars", value })}
        />
        <Switch
          label={say("keep-contents")}
          hint={say("keep-contents-hint")}
          on={settings.keep_contents}
          turn={(value) => set({ key: "keep_contents", value })}
        />
      </section>
      <section class="group">
        <h2>{say("group-network")}</h2>
        <Proxy proxy={settings.proxy} problem={against("proxy")} set={(value) => set({ key: "proxy", value })} />
        <Choice
          label={say("log-level")}
          hint={say("log-level-hint")}
          value={settings.log_level}
          options={[
            ["off", say("log-off")],
            ["error", say("log-error")],
            ["warn", say("log-warn")],
            ["info", say("log-info")],
            ["debug", say("log-debug")],
            ["trace", say("log-trace")],
          ]}
          choose={(value) => set({ key: "log_level", value })}
        />
      </section>
    </>
  );
}

/** Settings that show the sentence against them where it was typed. */
const LINES = new Set<SettingChange["key"]>(["proxy", "shortcut", "quiet_hours", "rules"]);
