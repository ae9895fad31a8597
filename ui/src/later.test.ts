import { expect, test } from "vitest";

import { settled, type Later } from "./later";

/** A clock that a test moves by hand. */
function byHand() {
  const waiting = new Set<() => void>();
  const wait: Later = (what) => {
    waiting.add(what);
    return () => void waiting.delete(what);
  };
  return { wait, pass: () => [...waiting].forEach((what) => (waiting.delete(what), what())) };
}

test("of what comes in quick succession only the last goes on", () => {
  const clock = byHand();
  const said: string[] = [];
  const search = settled((words: string) => said.push(words), 200, clock.wait);
  search.say("a");
  search.say("ad");
  expect(said).toEqual([]);
  clock.pass();
  search.say("ada");
  clock.pass();
  expect(said).toEqual(["ad", "ada"]);
});

test("what was dropped does not go on", () => {
  const clock = byHand();
  const said: string[] = [];
  const search = settled((words: string) => said.push(words), 200, clock.wait);
  search.say("a");
  search.drop();
  clock.pass();
  expect(said).toEqual([]);
});
