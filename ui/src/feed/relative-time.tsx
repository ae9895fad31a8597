import { useWords } from "../words";
import { ago, full, moment } from "./time";

/** When an item was made: briefly for the eye, in full on hover, exactly for machines. */
export function RelativeTime({ at, now }: { at: string; now: Date }) {
  const words = useWords();
  const made = moment(at);
  if (made === null) return null;
  // A server's clock may be ahead: nothing comes from the future.
  const shown = made > now ? now : made;
  return (
    <time dateTime={at} title={full(made, words.locale)}>
      {ago(shown, now, words)}
    </time>
  );
}
