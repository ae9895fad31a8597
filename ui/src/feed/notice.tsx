/** A sentence at the bottom of the window, until it is taken away. */
export function Notice({ sentence, dismiss }: { sentence: string; dismiss(): void }) {
  return (
    <div class="notice" role="alert">
      <p>{sentence}</p>
      <button type="button" class="button" onClick={dismiss}>
        Dismiss
      </button>
    </div>
  );
}
