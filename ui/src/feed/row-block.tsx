import type { RowBlock } from "../generated/RowBlock";

/** The words of an item. */
export function RowText({ block }: { block: Exclude<RowBlock, { type: "buttons" }> }) {
  switch (block.type) {
    case "html":
      // Made safe in Rust: a few text tags, and links that lead nowhere by themselves.
      return <div class="html" dangerouslySetInnerHTML={{ __html: block.html }} />;
    case "text":
      return <p>{block.text}</p>;
  }
}
