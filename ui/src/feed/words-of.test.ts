import { expect, test } from "vitest";

import { row } from "../testing/views";
import { wordsOf } from "./words-of";

test("the words of all blocks make the name, without tags and buttons", () => {
  const blocks = [
    { type: "html" as const, html: "<p>A <strong>b</strong></p><p>c &amp; d</p>" },
    { type: "text" as const, text: "e < f" },
    { type: "buttons" as const, buttons: [{ index: 0, label: "Go", primary: true }] },
  ];
  expect(wordsOf(row({ id: "1", blocks }), "Notification")).toBe("A b c & d e < f");
});

test("an item without words is named after its actor, or plainly", () => {
  expect(wordsOf(row({ id: "1", blocks: [] }), "Notification")).toBe("Jane Doe");
  expect(wordsOf(row({ id: "1", blocks: [], actor: null }), "Notification")).toBe("Notification");
});
