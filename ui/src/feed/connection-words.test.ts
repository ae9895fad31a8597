import { expect, test } from "vitest";

import { wordsIn } from "../words";
import { inOneLine, inWords } from "./connection-words";

const WORDS = wordsIn("en", ["en-GB"]);
const NOW = new Date("2026-03-10T12:00:00Z");
const SINCE = "2026-03-10T11:03:00Z";
const TIME = new Date(SINCE).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

test("the time is put to the first sentence", () => {
  const offline = { state: "offline" as const, words: "Offline. Doorbell tries again; the list may be old.", since: SINCE };
  expect(inWords(offline, NOW, WORDS)).toEqual({
    what: `Offline since ${TIME}`,
    more: "Doorbell tries again; the list may be old.",
  });
  expect(inOneLine(offline, NOW, WORDS)).toBe(`Offline since ${TIME}. Doorbell tries again; the list may be old.`);
});

test("a word alone stays alone, and a host's dots end no sentence", () => {
  expect(inOneLine({ state: "connected", words: "Connected", since: null }, NOW, WORDS)).toBe("Connected");
  expect(inWords({ state: "refused", words: "api.knock.app refused the key", since: SINCE }, NOW, WORDS).what).toBe(
    "api.knock.app refused the key",
  );
});
