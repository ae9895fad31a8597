import { expect, test } from "vitest";

import { wordsIn } from "../words";
import { ago, clock, moment } from "./time";

const NOW = new Date("2026-03-10T12:00:00Z");
const since = (text: string) => ago(new Date(text), NOW, wordsIn("en", ["en-GB"]));

test("an age is told in one unit, and after a week as a date", () => {
  expect(since("2026-03-10T11:59:01Z")).toBe("now");
  expect(since("2026-03-10T11:59:00Z")).toBe("1 min");
  expect(since("2026-03-10T11:00:01Z")).toBe("59 min");
  expect(since("2026-03-10T11:00:00Z")).toBe("1 h");
  expect(since("2026-03-09T12:00:01Z")).toBe("23 h");
  expect(since("2026-03-09T12:00:00Z")).toBe("1 d");
  expect(since("2026-03-03T12:00:01Z")).toBe("6 d");
  expect(since("2026-03-03T12:00:00Z")).toBe("3 Mar");
  expect(since("2025-12-24T12:00:00Z")).toBe("24 Dec 2025");
});

test("a time of another day comes with its date", () => {
  expect(clock(new Date("2026-03-10T11:03:00Z"), NOW, "en-GB")).toBe("11:03");
  expect(clock(new Date("2026-03-09T11:03:00Z"), NOW, "en-GB")).toBe("9 Mar, 11:03");
});

test("a text that is no time is none", () => {
  expect(moment("yesterday")).toBeNull();
  expect(moment(null)).toBeNull();
});
