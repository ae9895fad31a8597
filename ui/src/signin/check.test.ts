import { expect, test } from "vitest";

import { wordsIn } from "../words";
import { bare, check, checkAll } from "./check";
import { EMPTY, type FieldName } from "./fields";

const { say } = wordsIn("en", []);

const FEED = "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11";

function says(name: FieldName, value: string, words: RegExp) {
  expect(say(check(name, value) ?? "")).toMatch(words);
}

test("each wrong value gets a sentence that says what to do", () => {
  says("public_key", "", /starts with pk_/);
  says("public_key", "sk_test_1", /secret key/);
  says("public_key", "hello", /starts with pk_/);
  says("public_key", "pk_a b", /space/);
  says("user_id", "  ", /user id/);
  says("feed_id", "", /feed channel/);
  says("feed_id", "6b1f4f0e", /five groups/);
  says("user_token", "a. b.c", /space/);
  says("host", "api.example. test", /space.*https:\/\//);
});

test("what copying drags along does no harm", () => {
  expect(check("public_key", ' "pk_test_1"\n')).toBeNull();
  expect(check("feed_id", `“${FEED}”`)).toBeNull();
  expect(bare(" 'demo user' ")).toBe("demo user");
});

test("whether a host is one is left to Rust", () => {
  for (const host of [
    "knock.example.com",
    "knock.example.com:8443/base",
    "localhost:4000",
    "[::1]:4000",
    "ftp://a.test",
    " https://a.test\n",
  ]) {
    expect(check("host", host), host).toBeNull();
  }
});

test("token and host may be left out", () => {
  expect(checkAll({ ...EMPTY, public_key: "pk_1", user_id: "u", feed_id: FEED })).toEqual([]);
});

test("the first mistake is the topmost", () => {
  expect(checkAll(EMPTY).map(([name]) => name)).toEqual(["public_key", "user_id", "feed_id"]);
});
