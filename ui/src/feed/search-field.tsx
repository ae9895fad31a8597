import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { CloseIcon, SearchIcon } from "../icons";
import { later, settled, type Later } from "../later";
import { useWords } from "../words";

type Props = {
  /** What is being looked for, as Doorbell says. */
  words: string;
  look(words: string): void;
  /** Takes the field away, and what was looked for with it. */
  close(): void;
  wait?: Later;
};

/** Looks through what is loaded while a person types. */
export function SearchField({ words, look, close, wait = later }: Props) {
  const { say } = useWords();
  const [typed, setTyped] = useState(words);
  const input = useRef<HTMLInputElement>(null);
  const go = useRef(look);
  go.current = look;
  const asked = useRef(words);
  const search = useMemo(() => {
    const ask = (words: string) => {
      asked.current = words;
      go.current(words);
    };
    return settled(ask, PAUSE_MS, wait);
  }, [wait]);

  // The search was ended elsewhere. Any other words are an answer that this field has left behind.
  useEffect(() => {
    if (words === "" && asked.current !== "") setTyped("");
    if (words === "") asked.current = "";
  }, [words]);

  // Before the next key: it is meant for the field already.
  useLayoutEffect(() => input.current?.focus(), []);
  useEffect(() => () => search.drop(), [search]);

  function leave() {
    search.drop();
    close();
  }

  return (
    <div class="search" role="search">
      <SearchIcon />
      <input
        ref={input}
        type="text"
        enterkeyhint="search"
        dir="auto"
        value={typed}
        placeholder={say("search-placeholder")}
        aria-label={say("search")}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          search.say(event.currentTarget.value.trim());
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || event.isComposing) return;
          event.preventDefault();
          leave();
        }}
      />
      <button type="button" class="small-icon" aria-label={say("search-close")} title={say("search-close")} onClick={leave}>
        <CloseIcon />
      </button>
    </div>
  );
}

/** A pause in typing: so short that nobody waits, so long that not every letter is a question. */
const PAUSE_MS = 150;
