import { cleanup, render, screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import type { Later } from "../later";
import { SearchField } from "./search-field";

afterEach(cleanup);

/** A field whose pauses a test makes. */
function stage(words = "") {
  let waiting: (() => void) | null = null;
  const wait: Later = (what) => {
    waiting = what;
    return () => void (waiting = null);
  };
  const look = vi.fn();
  const close = vi.fn();
  const { rerender } = render(<SearchField words={words} look={look} close={close} wait={wait} />);
  return {
    look,
    close,
    again: (words: string) => rerender(<SearchField words={words} look={look} close={close} wait={wait} />),
    pause: () => waiting?.(),
    user: userEvent.setup(),
  };
}

const field = () => screen.getByRole<HTMLInputElement>("textbox", { name: "Search" });

test("the field takes the focus and holds what is being looked for", () => {
  stage("roadmap");
  expect(document.activeElement).toBe(field());
  expect(field().value).toBe("roadmap");
});

test("only a pause in typing asks, without white space at the ends", async () => {
  const { look, pause, user } = stage();
  await user.type(field(), " road ");
  expect(look).not.toHaveBeenCalled();
  pause();
  expect(look.mock.calls).toEqual([["road"]]);
});

test("an answer that comes while a person types leaves what they typed", async () => {
  const { again, user } = stage();
  await user.type(field(), "roadm");
  again("road");
  expect(field().value).toBe("roadm");
});

test("a search that is ended elsewhere empties the field", async () => {
  const { again, pause, user } = stage();
  await user.type(field(), "zebra");
  pause();
  again("zebra");
  again("");
  expect(field().value).toBe("");
});

test("escape and the cross end the search, and what waited is not asked", async () => {
  const { look, close, pause, user } = stage();
  await user.type(field(), "road{Escape}");
  pause();
  await user.click(screen.getByRole("button", { name: "End the search" }));
  expect(close).toHaveBeenCalledTimes(2);
  expect(look).not.toHaveBeenCalled();
});
