import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Act } from "./act";
import type { Bridge } from "./bridge";
import { Feed } from "./feed/feed";
import { PAGE } from "./feed/range";
import type { View } from "./generated/View";
import { here, placeOf, several } from "./place";
import { Gone, Opening } from "./still";
import { SignIn } from "./signin/sign-in";

/** The page: whatever the latest view says, and nothing else. */
export function App({ bridge }: { bridge: Bridge }) {
  const [view, setView] = useState<View | null>(null);
  const [gone, setGone] = useState<string | null>(null);
  const [lost, setLost] = useState<string | null>(null);

  const act: Act = useCallback(
    (action) => {
      setLost(null);
      bridge.act(action).catch((why: unknown) => setLost(`That did not reach Doorbell (${reason(why)}). Try it again.`));
    },
    [bridge],
  );

  useEffect(() => {
    const stops: Array<() => void> = [];
    let over = false;
    const keep = (stop: () => void) => (over ? stop() : void stops.push(stop));
    const start = async () => {
      keep(await bridge.onView((next) => setView(next)));
      keep(await bridge.onGone((sentence) => setGone(sentence)));
      await bridge.ready();
    };
    start().catch((why: unknown) => setGone(`This window cannot reach Doorbell (${reason(why)}).`));
    return () => {
      over = true;
      stops.forEach((stop) => stop());
    };
  }, [bridge]);

  // Rows are sent only for a range, so each feed that comes on the screen starts by asking for one.
  const screen = view?.screen;
  const before = useRef<string>(undefined);
  useEffect(() => {
    const starts = before.current === undefined;
    const signedIn = before.current === "signed_out" && screen === "feed";
    if (starts || signedIn) act({ do: "show", filter: "all", first: 0, count: PAGE });
    before.current = screen ?? "none";
  }, [screen, act]);

  // Made anew for another feed only: effects hang on it.
  const shown = view?.screen === "feed" ? view : null;
  const place = shown && several(shown) ? placeOf(shown) : null;
  const actHere = useMemo(() => (shown ? here(shown, act) : act), [place, act]);

  if (gone !== null) return <Gone sentence={gone} />;
  if (view === null) return <Opening />;
  switch (view.screen) {
    case "signed_out":
      return <SignIn view={view} act={act} lost={lost} />;
    case "feed":
      return <Feed view={view} act={actHere} lost={lost} found={() => setLost(null)} />;
  }
}

function reason(why: unknown): string {
  const text = why instanceof Error ? why.message : String(why);
  return text.replace(/[.\s]+$/, "") || "no reason given";
}
