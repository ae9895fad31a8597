import { useWords } from "../words";

/** A sentence at the bottom of the window, until it is taken away. */
export function Notice({ sentence, dismiss }: { sentence: string; dismiss(): void }) {
  const { say } = useWords();
  return (
    <div class="notice" role="alert">
      <p>{sentence}</p>
      <button type="button" class="button" onClick={dismiss}>
        {say("dismiss")}
      </button>
    </div>
  );
}

/** What was just done, while it can be taken back. */
export function UndoBar({ words, undo }: { words: string; undo(): void }) {
  const { say } = useWords();
  return (
    <div class="notice undo" role="status">
      <p>{words}</p>
      <button type="button" class="button" aria-keyshortcuts="z" onClick={undo}>
        {say("undo")}
      </button>
    </div>
  );
}
