import { useId } from "preact/hooks";

import type { Row } from "../generated/Row";
import { useWords } from "../words";
import { Avatar } from "./avatar";
import { RelativeTime } from "./relative-time";

type Props = {
  row: Pick<Row, "activities" | "total_activities">;
  now: Date;
  reach: 0 | -1;
  unfolded: boolean;
  turn(): void;
};

/** What a batched item was made of, unfolded in place. */
export function Activities({ row, now, reach, unfolded, turn }: Props) {
  const { say } = useWords();
  const id = useId();
  const { activities, total_activities } = row;
  const unsent = total_activities - activities.length;
  if (activities.length < 2) return null;
  return (
    <div class="batch">
      <button type="button" class="fold" tabIndex={reach} aria-expanded={unfolded} aria-controls={id} onClick={turn}>
        <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true" focusable="false" fill="none">
          <path
            d="m1.5 3.5 3.5 3.5 3.5-3.5"
            stroke="currentColor"
            stroke-width="1.4"
            stroke-linecap="round"
            stroke-linejoin="round"
          />
        </svg>
        {unfolded ? say("fold") : say("unfold", { count: total_activities })}
      </button>
      <ul id={id} class="activities" role="list" aria-label={say("activities")} hidden={!unfolded}>
        {unfolded &&
          activities.map(({ actor, text, at }, index) => (
            <li key={index}>
              <Avatar actor={actor} small />
              <p dir="auto">
                {actor && <strong>{actor.name} </strong>}
                {text}
              </p>
              {at !== null && <RelativeTime at={at} now={now} />}
            </li>
          ))}
        {unfolded && unsent > 0 && <li class="unsent">{say("and-more", { count: unsent })}</li>}
      </ul>
    </div>
  );
}
