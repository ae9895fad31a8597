import type { RefObject } from "preact";

import { useWords } from "../words";

type Props = {
  hold: RefObject<HTMLDivElement | null>;
  message: string;
  /** Tries it once more, where that can help. */
  again: (() => void) | undefined;
};

/** What went wrong when no field is to blame. */
export function TopProblem({ hold, message, again }: Props) {
  const { say } = useWords();
  return (
    <div class="top-problem" role="alert" tabIndex={-1} ref={hold}>
      <p>{message}</p>
      {again && (
        <button type="button" class="button" onClick={again}>
          {say("try-again")}
        </button>
      )}
    </div>
  );
}
