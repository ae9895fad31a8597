import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Act } from "./act";
import { reason, type Bridge } from "./bridge";
import { Feed } from "./feed/feed";
import { NOTHING_LEFT_OUT } from "./feed/only";
import { PAGE } from "./feed/range";
import type { View } from "./generated/View";
import { here, placeOf, several } from "./place";
import { Preferences } from "./preferences/preferences";
import { Settings } from "./settings/settings";
import { SignIn } from "./signin/sign-in";
import { Gone, Opening, Unreachable } from "./still";
import { WordsContext, wordsIn, type Language } from "./words";

type Props = {
  bridge: Bridge;
  /** The languages of the system, the best first. */
  spoken?: readonly string[];
};

/** The page: whatever the latest view says, in the language that is set. */
export function App({ bridge, spoken = navigator.languages }: Props) {
  const [language, setLanguage] = useState<Language>("system");
  const words = useMemo(() => wordsIn(language, spoken), [language, spoken]);

  useLayoutEffect(() => {
    document.documentElement.lang = words.locale;
    document.documentElement.dir = words.direction;
  }, [words]);

  return (
    <WordsContext.Provider value={words}>
      <Screen bridge={bridge} say={words.say} speak={setLanguage} />
    </WordsContext.Provider>
  );
}

type ScreenProps = {
  bridge: Bridge;
  say: (key: string, about?: Record<string, string>) => string;
  speak(language: Language): void;
};

function Screen({ bridge, say, speak }: ScreenProps) {
  const [view, setView] = useState<View | null>(null);
  const [gone, setGone] = useState(false);
  const [unreachable, setUnreachable] = useState<string | null>(null);
  const [lost, setLost] = useState<string | null>(null);

  const act: Act = useCallback(
    (action) => {
      setLost(null);
      bridge.act(action).catch((why: unknown) => setLost(reason(why)));
    },
    [bridge],
  );

  useEffect(() => {
    const stops: Array<() => void> = [];
    let over = false;
    const keep = (stop: () => void) => (over ? stop() : void stops.push(stop));
    const start = async () => {
      keep(
        await bridge.onView((next) => {
          setView(next);
          setGone(false);
          setUnreachable(null);
        }),
      );
      keep(await bridge.onGone(() => setGone(true)));
      keep(await bridge.onSettings((settings) => speak(settings.language)));
      // Without them the page speaks the system's language, which is most people's anyway.
      bridge.settings().then(
        (settings) => speak(settings.language),
        () => {},
      );
      await bridge.ready();
    };
    start().catch((why: unknown) => setUnreachable(reason(why)));
    return () => {
      over = true;
      stops.forEach((stop) => stop());
    };
  }, [bridge, speak]);

  // Rows are sent only for a range, so a page that starts, or whose resident started anew, begins by asking for one.
  const screen = view?.screen;
  const before = useRef<string>(undefined);
  useEffect(() => {
    if (gone) {
      before.current = undefined;
      return;
    }
    const starts = before.current === undefined;
    const signedIn = before.current === "signed_out" && screen === "feed";
    if (starts || signedIn) act({ do: "show", filter: "all", only: NOTHING_LEFT_OUT, first: 0, count: PAGE });
    before.current = screen ?? "none";
  }, [screen, gone, act]);

  // Made anew for another feed only: effects hang on it.
  const shown = view?.screen === "feed" ? view : null;
  const place = shown && several(shown) ? placeOf(shown) : null;
  const actHere = useMemo(() => (shown ? here(shown, act) : act), [place, act]);

  if (unreachable !== null) return <Unreachable why={unreachable} />;
  if (gone) return <Gone />;
  if (view === null) return <Opening />;
  const trouble = lost === null ? null : say("not-reached", { reason: lost || say("no-reason") });
  switch (view.screen) {
    case "signed_out":
      return <SignIn view={view} act={act} lost={trouble} />;
    case "feed":
      return <Feed view={view} act={actHere} lost={trouble} found={() => setLost(null)} />;
    case "preferences":
      return <Preferences view={view} act={act} lost={trouble} />;
    case "settings":
      return <Settings back={view.back} act={act} bridge={bridge} speak={speak} lost={trouble} />;
  }
}
