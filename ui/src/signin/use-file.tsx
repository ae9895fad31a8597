import { useRef } from "preact/hooks";

import { useWords } from "../words";

type Props = {
  fixed: boolean;
  fill(text: string, from: string): void;
  fail(sentence: string): void;
};

/** Fills the form from a connect file. The file is read in the page and goes nowhere. */
export function UseFile({ fixed, fill, fail }: Props) {
  const { say } = useWords();
  const input = useRef<HTMLInputElement>(null);

  async function read(chosen: HTMLInputElement) {
    const file = chosen.files?.[0];
    if (!file) return;
    try {
      fill(await file.text(), file.name);
    } catch {
      fail(say("file-unreadable"));
    }
    // So that the same file can be chosen again after it was put right.
    chosen.value = "";
  }

  return (
    <>
      <button type="button" class="button" disabled={fixed} onClick={() => input.current?.click()}>
        {say("use-file")}
      </button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        aria-label={say("connect-file")}
        hidden
        onChange={(event) => void read(event.currentTarget)}
      />
    </>
  );
}
