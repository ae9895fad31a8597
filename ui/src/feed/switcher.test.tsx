import { cleanup, render, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";

import type { FeedView } from "../generated/FeedView";
import { recorder } from "../testing/stage";
import { ACCOUNT, OTHER, feedView } from "../testing/views";
import { NOTHING_LEFT_OUT } from "./only";
import { TopBar } from "./top-bar";

afterEach(cleanup);

const TWO: Partial<FeedView> = { accounts: [ACCOUNT, OTHER] };
const SHOW = { do: "show", filter: "all", only: NOTHING_LEFT_OUT, first: 0, count: 50 };

const TOOLS = {
  searching: false,
  search() {},
  look() {},
  narrowing: false,
  narrow() {},
  selection: null,
  select() {},
  help() {},
};

function stage(view: Partial<FeedView>) {
  const { actions, act } = recorder();
  render(<TopBar view={feedView(view)} act={act} now={new Date()} tools={TOOLS} />);
  return { actions, user: userEvent.setup() };
}

const opener = () => screen.getByRole("button", { name: /Choose another feed$/ });

test("one account with one feed has nothing to choose from", () => {
  stage({});
  expect(screen.queryByRole("button", { name: /Choose another feed/ })).toBeNull();
  expect(screen.getByRole("heading", { name: "demo-user" })).toBeTruthy();
});

test("each account and each of its feeds can be chosen, with its count and how it stands", async () => {
  const { actions, user } = stage(TWO);
  expect(screen.getByRole("heading", { name: "demo-user" })).toBeTruthy();
  await user.click(opener());
  const mine = screen.getByRole("button", { name: "demo-user" });
  expect(mine.getAttribute("aria-current")).toBe("true");
  await waitFor(() => expect(document.activeElement).toBe(mine));
  const theirs = within(screen.getByRole("group", { name: "ada@example.test · knock.example.test" }));
  await user.click(theirs.getByRole("button", { name: "Everything offline 12" }));
  await user.click(opener());
  await user.click(screen.getByRole("button", { name: "Billing offline" }));
  expect(actions).toEqual([0, 1].map((feed) => ({ do: "in", account: OTHER.id, feed, action: SHOW })));
});

test("of an account with several feeds the name of the one that is shown stands beside the user", () => {
  stage({ accounts: [OTHER], account: OTHER.id, number: 1, user: OTHER.user });
  expect(screen.getByRole("heading", { name: "ada@example.test, Billing" })).toBeTruthy();
});

test("the choice is walked and left from the keyboard", async () => {
  const { actions, user } = stage(TWO);
  opener().focus();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(document.activeElement?.getAttribute("aria-current")).toBe("true"));
  await user.keyboard("{ArrowDown}{Enter}");
  expect(actions).toEqual([{ do: "in", account: OTHER.id, feed: 0, action: SHOW }]);
  expect(document.activeElement).toBe(opener());
  await user.keyboard("{Enter}{Escape}");
  expect(screen.queryByRole("group", { name: /ada/ })).toBeNull();
  expect(document.activeElement).toBe(opener());
});

test("of several accounts the one that is shown is the one to sign out of", async () => {
  const { actions, user } = stage({ ...TWO, account: OTHER.id, user: OTHER.user });
  await user.click(screen.getByRole("button", { name: "More" }));
  await user.click(screen.getByRole("button", { name: "Sign out ada@example.test…" }));
  expect(screen.getByText(/^Sign out ada@example\.test\?/)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Sign out" }));
  expect(actions).toEqual([{ do: "sign_out", account: OTHER.id }]);
});
