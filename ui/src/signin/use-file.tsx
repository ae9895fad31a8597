import { useRef } from "preact/hooks";

type Props = {
  fixed: boolean;
  fill(text: string, from: string): void;
  fail(sentence: string): void;
};

/** Fills the form from a connect file. The file is read in the page and goes nowhere. */
export function UseFile({ fixed, fill, fail }: Props) {
  const input = useRef<HTMLInputElement>(null);

  async function read(chosen: HTMLInputElement) {
    const file = chosen.files?.[0];
    if (!file) return;
    try {
      fill(await file.text(), file.name);
    } catch {
      fail("That file could not be read. Check that you may open it, or fill in the form.");
    }
    // So that the same file can be chosen again after it was put right.
    chosen.value = "";
  }

  return (
    <>
      <button type="button" class="button" disabled={fixed} onClick={() => input.current?.click()}>
        Use a file…
      </button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        aria-label="Connect file"
        hidden
        onChange={(event) => void read(event.currentTarget)}
      />
    </>
  );
}
