import { expect, test } from "vitest";

import { readable } from "./readable";

test("a key reads like words", () => {
  expect(readable("new-comment")).toBe("New comment");
  expect(readable("in_app_feed")).toBe("In app feed");
  expect(readable("dailyDigest")).toBe("Daily digest");
  expect(readable("änderung.neu")).toBe("Änderung neu");
});

test("what is readable stays, and what has no words too", () => {
  expect(readable("Security")).toBe("Security");
  expect(readable("SMS")).toBe("SMS");
  expect(readable("--")).toBe("--");
});
