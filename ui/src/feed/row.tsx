import type { Act } from "../act";
import type { Row as RowView } from "../generated/Row";
import type { RowBlock } from "../generated/RowBlock";
import { Mark } from "../mark";
import { RelativeTime } from "./relative-time";
import { RowText } from "./row-block";
import { RowButtons } from "./row-buttons";
import { wordsOf } from "./words-of";

type Props = {
  row: RowView;
  act: Act;
  now: Date;
  /** Its controls are in the tab order; of all rows, one is. */
  active: boolean;
  /** It was opened, and shows its whole text. */
  opened: boolean;
  /** It came while the person looked at the top of the list. */
  arrives: boolean;
  flashes: boolean;
  open(id: string): void;
};

/** One item: its unread mark, who, what, and when. */
export function Row({ row, act, now, active, opened, arrives, flashes, open }: Props) {
  const reach = active ? 0 : -1;
  const classes = ["row", row.unread && "unread", opened && "opened", arrives && "arrives", flashes && "flashes", row.opens && "opens"];

  function click(event: MouseEvent) {
    const target = event.target as Element;
    if (target.closest("button:not(.open)")) return;
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
    <li class={classes.filter(Boolean).join(" ")} data-id={row.id} onClick={click} onKeyDown={keys}>
      <button type="button" class="open" tabIndex={reach} aria-label={`${row.unread ? "Unread: " : ""}${wordsOf(row)}`} />
      <button
        type="button"
        class="unread-mark"
        tabIndex={reach}
        aria-label={row.unread ? "Mark read" : "Mark unread"}
        title={row.unread ? "Mark read" : "Mark unread"}
        onClick={() => act({ do: "mark", ids: [row.id], mark: row.unread ? "read" : "unread" })}
      />
      <span class="avatar" aria-hidden="true" title={row.actor?.name}>
        {row.actor?.initials || <Mark size={20} />}
      </span>
      <div class="content">
        {parts(row.blocks).map((part, index) =>
          part.kind === "words" ? (
            <div class="words" key={index}>
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
      </div>
      <RelativeTime at={row.at} now={now} />
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
