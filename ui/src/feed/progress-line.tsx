import { useId } from "preact/hooks";

import type { Progress } from "../generated/Progress";
import { useWords } from "../words";

/** How far something is that takes long. */
export function ProgressLine({ progress }: { progress: Progress }) {
  const { say } = useWords();
  const id = useId();
  const { words, done, of } = progress;
  return (
    <div class="progress">
      <p>
        <span id={id}>{words}</span>{" "}
        <span class="quiet">{of === null ? say("so-far", { done }) : say("done-of", { done, of })}</span>
      </p>
      {of === null || of === 0 ? (
        <div class="slow" role="progressbar" aria-labelledby={id} />
      ) : (
        <progress max={of} value={Math.min(done, of)} aria-labelledby={id} />
      )}
    </div>
  );
}
