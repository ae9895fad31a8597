import type { Act } from "../act";
import type { Row as RowView } from "../generated/Row";
import type { RowBlock } from "../generated/RowBlock";
import { useWords } from "../words";
import { Activities } from "./activities";
import { Avatar } from "./avatar";
import { RelativeTime } from "./relative-time";
import { RowActions } from "./row-actions";
import { RowText } from "./row-block";
import { RowButtons } from "./row-buttons";
import { wordsOf } from "./words-of";

export type RowProps = {
  row: RowView;
  /** Its number among how many, and where it stands when it is drawn apart from its neighbours. */
  place: { index: number; length: number; apart: number | null };
  act: Act;
  now: Date;
  /** Its controls are in the tab order; of all rows, one is. */
  active: boolean;
  /** It was opened, and shows its whole text. */
  opened: boolean;
  /** It shows what it was made of. */
  unfolded: boolean;
  /** It came while the person looked at the top of the list. */
  arrives: boolean;
  flashes: boolean;
  /** Absent while none are being selected. */
  selected: boolean | null;
  open(id: string): void;
  /** Selects it, or all up to it. */
  choose(id: string, range: boolean): void;
  turn(id: string): void;
};

/** One item: its unread mark, who, what, and when. */
export function Row({
  row,
  place,
  act,
  now,
  active,
  opened,
  unfolded,
  arrives,
  flashes,
  selected,
  open,
  choose,
  turn,
}: RowProps) {
  const { say } = useWords();
  const reach = active ? 0 : -1;
  const classes = [
    "row",
    row.unread && "unread",
    opened && "opened",
    arrives && "arrives",
    flashes && "flashes",
    selected && "selected",
    row.opens && "opens",
    place.apart !== null && "apart",
  ];
  const label = wordsOf(row, say("notification"));
  const turned = say(row.unread ? "mark-read" : "mark-unread");
  const markRead = () => act({ do: "mark", ids: [row.id], mark: row.unread ? "read" : "unread" });

  // One click, one thing: what is a control of its own does not reach the row.
  function click(event: MouseEvent) {
    const target = event.target as Element;
    if (target.closest("button:not(.open), input, .activities")) return;
    if (selected !== null || event.shiftKey || event.ctrlKey || event.metaKey) {
      choose(row.id, event.shiftKey);
      return;
    }
    // Selecting text ends in a click, too.
    const selection = document.getSelection();
    if (selection && !selection.isCollapsed && target.closest("li")?.contains(selection.anchorNode)) return;
    if (!follow(target)) open(row.id);
  }

  function keys(event: KeyboardEvent) {
    if (event.key === "Enter" && follow(event.target as Element)) event.preventDefault();
  }

  /** Follows the link that the target is in, and says whether it is in one. */
  function follow(target: Element): boolean {
    const link = linkNumber(target);
    if (link !== null) act({ do: "follow", id: row.id, link });
    return link !== null;
  }

  return (
    <li
      class={classes.filter(Boolean).join(" ")}
      data-id={row.id}
      data-index={place.index}
      aria-posinset={place.index + 1}
      aria-setsize={place.length}
      style={{ top: place.apart === null ? "" : `${place.apart}px` }}
      onClick={click}
      onKeyDown={keys}
      // A range of rows is no range of text.
      onMouseDown={(event) => event.shiftKey && event.preventDefault()}
    >
      <button type="button" class="open" tabIndex={reach} aria-label={row.unread ? say("unread-row", { words: label }) : label} />
      <button type="button" class="unread-mark" tabIndex={reach} aria-label={turned} title={turned} onClick={markRead} />
      {selected === null ? (
        <Avatar actor={row.actor} />
      ) : (
        <input
          type="checkbox"
          class="chosen"
          tabIndex={reach}
          aria-label={say("select-row", { words: label })}
          checked={selected}
          onClick={(event) => choose(row.id, event.shiftKey)}
        />
      )}
      <div class="content">
        {parts(row.blocks).map((part, index) =>
          part.kind === "words" ? (
            <div class="words" key={index} dir="auto">
              {part.blocks.map((block, inner) => (
                <RowText key={inner} block={block} />
              ))}
            </div>
          ) : (
            <RowButtons
              key={index}
              buttons={part.buttons}
              reach={reach}
              press={(button) => act({ do: "press", id: row.id, button })}
            />
          ),
        )}
        <Activities row={row} now={now} reach={reach} unfolded={unfolded} turn={() => turn(row.id)} />
      </div>
      <div class="side">
        <RelativeTime at={row.at} now={now} />
        <RowActions row={row} reach={reach} act={act} markRead={markRead} />
      </div>
    </li>
  );
}

/** The number of a link among those of its row, or `null` outside of links. Rust counts the same ones. */
function linkNumber(target: Element): number | null {
  const link = target.closest(LINK);
  const row = link?.closest("li[data-id]");
  return link && row ? [...row.querySelectorAll(LINK)].indexOf(link) : null;
}

type Words = Exclude<RowBlock, { type: "buttons" }>;
type Part = { kind: "words"; blocks: Words[] } | { kind: "buttons"; buttons: Extract<RowBlock, { type: "buttons" }>["buttons"] };

/** Blocks with neighbouring words together, so that three lines are three lines however they are cut. */
function parts(blocks: readonly RowBlock[]): Part[] {
  const parts: Part[] = [];
  for (const block of blocks) {
    const last = parts.at(-1);
    if (block.type === "buttons") parts.push({ kind: "buttons", buttons: block.buttons });
    else if (last?.kind === "words") last.blocks.push(block);
    else parts.push({ kind: "words", blocks: [block] });
  }
  return parts;
}

const LINK = "[data-href]";
