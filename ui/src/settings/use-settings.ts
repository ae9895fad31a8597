import { useEffect, useState } from "preact/hooks";

import { reason, type Bridge } from "../bridge";
import type { SettingChange } from "../generated/SettingChange";
import type { SettingsView } from "../generated/SettingsView";
import type { Language } from "../words";

/** A setting by its key, and what Doorbell says against the last value that was tried. */
export type Refusal = { key: SettingChange["key"]; sentence: string };

/** What is set, with what is on its way laid on top. A refused value goes away again, with a sentence. */
export function useSettings(bridge: Bridge, speak: (language: Language) => void) {
  const [settings, setSettings] = useState<SettingsView | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [tried, setTried] = useState<Partial<SettingsView>>({});
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    let over = false;
    setTrouble(null);
    bridge.settings().then(
      (settings) => over || setSettings(settings),
      (why: unknown) => over || setTrouble(reason(why)),
    );
    return () => void (over = true);
  }, [bridge, turn]);

  useEffect(() => {
    const stop = bridge.onSettings(setSettings);
    return () => void stop.then((stop) => stop());
  }, [bridge]);

  function set(change: SettingChange) {
    setRefusal(null);
    setTried((now) => ({ ...now, [change.key]: change.value }));
    bridge
      .set(change)
      .then((settings) => {
        setSettings(settings);
        speak(settings.language);
      })
      .catch((why: unknown) => setRefusal({ key: change.key, sentence: `${reason(why)}.` }))
      .finally(() => setTried(({ [change.key]: _, ...rest }) => rest));
  }

  return {
    settings: settings && { ...settings, ...tried },
    trouble,
    refusal,
    set,
    again: () => setTurn((turn) => turn + 1),
  };
}
