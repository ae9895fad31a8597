import { expect, test } from "vitest";

import { wordsIn } from "../words";
import { readConnectFile } from "./connect-file";

test("the fields are taken and the rest is left alone", () => {
  const file = readConnectFile('{"public_key":"pk_1","user_id":"u","feed_id":"f","secret_key":"sk_1","port":4000}');
  expect(file).toEqual({ fields: { public_key: "pk_1", user_id: "u", feed_id: "f" } });
});

test("url is taken for host, where host is missing or empty", () => {
  expect(readConnectFile('{"url":"http://127.0.0.1:4000"}\n')).toEqual({ fields: { host: "http://127.0.0.1:4000" } });
  expect(readConnectFile('{"url":"http://a","host":"http://b"}')).toEqual({ fields: { host: "http://b" } });
  expect(readConnectFile('{"url":"http://a","host":""}')).toEqual({ fields: { host: "http://a" } });
  expect(readConnectFile('{"url":"http://a","host":null}')).toEqual({ fields: { host: "http://a" } });
  expect(readConnectFile('{"user_id":"u","host":""}')).toEqual({ fields: { user_id: "u", host: "" } });
});

test("a field that is null is left out", () => {
  expect(readConnectFile('{"public_key":"pk_1","user_token":null}')).toEqual({ fields: { public_key: "pk_1" } });
});

test("a bad file gets a sentence that says what to do", () => {
  const { say } = wordsIn("en", []);
  const says = (text: string, words: RegExp) => {
    const { wrong, field = "" } = readConnectFile(text) as { wrong: string; field?: string };
    expect(say(wrong, { field })).toMatch(words);
  };
  says("public_key: pk_1", /not JSON/);
  says("", /not JSON/);
  says("[]", /none of the fields/);
  says("null", /none of the fields/);
  says('{"name":"x"}', /none of the fields/);
  says('{"user_id":7}', /user_id is not a text/);
  says(`{"user_id":"${"x".repeat(70_000)}"}`, /too large/);
});
