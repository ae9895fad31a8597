import type { Row } from "../generated/Row";

/** What a row says, as plain text for an accessible name; one without words or an actor is called `otherwise`. */
export function wordsOf(row: Pick<Row, "blocks" | "actor">, otherwise: string): string {
  const words = row.blocks.flatMap((block) => {
    switch (block.type) {
      case "html":
        return [plain(block.html)];
      case "text":
        return [block.text];
      case "buttons":
        return [];
    }
  });
  const text = words.join(" ").replace(/\s+/g, " ").trim();
  return text || row.actor?.name || otherwise;
}

function plain(html: string): string {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  // Paragraphs and lines end where a space would be.
  parsed.querySelectorAll("p, br, li, div, h1, h2, h3, h4, h5, h6").forEach((element) => element.append(" "));
  return parsed.body.textContent ?? "";
}
