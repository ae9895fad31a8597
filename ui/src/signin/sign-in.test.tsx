import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";

import type { SignInView } from "../generated/SignInView";
import { recorder } from "../testing/stage";
import { SignIn } from "./sign-in";

afterEach(cleanup);

const FEED = "6b1f4f0e-93c8-4f0a-8a4f-0d8b3f3a9c11";

function stage(view: Partial<SignInView> = {}) {
  const { actions, act } = recorder();
  const page = (changes: Partial<SignInView>, lost: string | null = null) => (
    <SignIn view={{ back: false, checking: false, problem: null, invitation: null, ...changes }} act={act} lost={lost} />
  );
  const { rerender } = render(page(view));
  return {
    actions,
    show: (changes: Partial<SignInView>, lost?: string) => rerender(page(changes, lost)),
    user: userEvent.setup(),
  };
}

async function fillIn(user: ReturnType<typeof userEvent.setup>) {
  await user.type(screen.getByLabelText("Public key"), "pk_test_1");
  await user.type(screen.getByLabelText("User"), "demo-user");
  await user.type(screen.getByLabelText("Feed channel"), FEED);
}

test("one click on sign in asks once, with the values trimmed", async () => {
  const { actions, user } = stage();
  await fillIn(user);
  await user.type(screen.getByLabelText("User"), "  ");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  const draft = { public_key: "pk_test_1", user_id: "demo-user", feed_id: FEED, user_token: "", host: "" };
  expect(actions).toEqual([{ do: "sign_in", draft }]);
});

test("leaving a field with a slip says so in words, and an untouched one says nothing", async () => {
  const { user } = stage();
  await user.click(screen.getByLabelText("Public key"));
  await user.tab();
  expect(screen.getByLabelText("Public key").getAttribute("aria-invalid")).toBe("false");
  await user.type(screen.getByLabelText("Public key"), "sk_live_1");
  await user.tab();
  expect(screen.getByText(/That is a secret key/)).toBeTruthy();
  expect(screen.getByLabelText("Public key").getAttribute("aria-invalid")).toBe("true");
});

test("signing in with an empty form asks nothing and leads to the first field", async () => {
  const { actions, user } = stage();
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(actions).toEqual([]);
  expect(document.activeElement).toBe(screen.getByLabelText("Public key"));
});

test("the server's sentence stands beside its field, takes the focus there, and keeps what was typed", async () => {
  const { show, user } = stage();
  await fillIn(user);
  show({ checking: true });
  expect(screen.getByRole("button", { name: "Checking…" })).toBeTruthy();
  show({ problem: { field: "feed_id", message: "Knock has no such feed." } });
  const input = screen.getByLabelText<HTMLInputElement>("Feed channel");
  expect(document.activeElement).toBe(input);
  expect(document.getElementById(input.getAttribute("aria-describedby")!.split(" ")[0]!)?.textContent).toBe(
    "Knock has no such feed.",
  );
  expect(input.value).toBe(FEED);
  expect(screen.getByLabelText<HTMLInputElement>("Public key").value).toBe("pk_test_1");
});

test("the server's sentence goes once its field is changed, and a second refusal brings it back", async () => {
  const { show, user } = stage({ problem: { field: "user_id", message: "No such user." } });
  await user.type(screen.getByLabelText("User"), "x");
  expect(screen.queryByText("No such user.")).toBeNull();
  show({ checking: true });
  show({ problem: { field: "user_id", message: "No such user." } });
  expect(screen.getByText("No such user.")).toBeTruthy();
});

test("a view that says the same again does not steal the focus", async () => {
  const problem = { field: "public_key" as const, message: "Knock refused the key." };
  const { show, user } = stage({ problem });
  await user.click(screen.getByLabelText("User"));
  show({ problem: { ...problem } });
  expect(document.activeElement).toBe(screen.getByLabelText("User"));
});

test("a problem with the host unfolds it", () => {
  stage({ problem: { field: "host", message: "No answer." } });
  expect(document.querySelector("details")?.open).toBe(true);
  expect(document.activeElement).toBe(screen.getByLabelText("Host"));
});

test("a problem without a field stands on top and can be tried again", async () => {
  const { actions, user } = stage({ problem: { field: null, message: "The keychain is locked." } });
  expect(screen.getByRole("alert").textContent).toContain("The keychain is locked.");
  expect(document.activeElement).toBe(screen.getByRole("alert"));
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(actions).toEqual([{ do: "retry" }]);
});

test("nothing is sent twice while it is checked", async () => {
  const { actions, show, user } = stage();
  await fillIn(user);
  show({ checking: true });
  await user.click(screen.getByRole("button", { name: "Checking…" }));
  expect(actions).toEqual([]);
});

test("a connect file fills the form", async () => {
  const { user } = stage();
  const line = JSON.stringify({ url: "http://127.0.0.1:4000", public_key: "pk_demo", user_id: "demo-user", feed_id: FEED });
  await user.upload(screen.getByLabelText("Connect file"), new File([line], "demo.json", { type: "application/json" }));
  expect(await screen.findByText(/Filled in from demo.json/)).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>("Public key").value).toBe("pk_demo");
  expect(screen.getByLabelText<HTMLInputElement>("Host").value).toBe("http://127.0.0.1:4000");
  expect(document.querySelector("details")?.open).toBe(true);
});

test("a bad connect file gets a sentence and leaves the form alone", async () => {
  const { user } = stage();
  await fillIn(user);
  await user.upload(screen.getByLabelText("Connect file"), new File(["pk_1"], "key.json", { type: "application/json" }));
  expect(await screen.findByText(/not JSON/)).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>("User").value).toBe("demo-user");
});

test("the emulator's line, pasted into a field, fills the form", () => {
  stage();
  const field = screen.getByLabelText<HTMLInputElement>("Public key");
  const getData = () => `{"public_key":"pk_demo","user_id":"demo-user","feed_id":"${FEED}","url":"http://127.0.0.1:1"}\n`;
  fireEvent.paste(field, { clipboardData: { getData } });
  expect(field.value).toBe("pk_demo");
  expect(screen.getByLabelText<HTMLInputElement>("User").value).toBe("demo-user");
});

test("an action that did not arrive is told on top", () => {
  const { show } = stage();
  show({}, "That did not reach Doorbell.");
  expect(screen.getByRole("alert").textContent).toContain("That did not reach Doorbell.");
});

test("what a link filled in is said to be checked, and holds neither key nor token", () => {
  const { show } = stage();
  show({ invitation: { user_id: "ada", feed_id: FEED, host: "https://knock.example.test" } });
  expect(screen.getByText(/A link filled this in/)).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>("User").value).toBe("ada");
  expect(screen.getByLabelText<HTMLInputElement>("Feed channel").value).toBe(FEED);
  expect(screen.getByLabelText<HTMLInputElement>("Host").value).toBe("https://knock.example.test");
  expect(screen.getByLabelText<HTMLInputElement>("Public key").value).toBe("");
  expect(document.querySelector("details")?.open).toBe(true);
});

test("a view that says the same invitation again leaves what was typed since", async () => {
  const invitation = { user_id: "ada", feed_id: FEED, host: "" };
  const { show, user } = stage({ invitation });
  await user.type(screen.getByLabelText("User"), "-2");
  show({ invitation: { ...invitation }, checking: true });
  expect(screen.getByLabelText<HTMLInputElement>("User").value).toBe("ada-2");
});

test("settings are within reach before anybody has signed in", async () => {
  const { actions, user } = stage();
  await user.click(screen.getByRole("button", { name: "Settings" }));
  expect(actions).toEqual([{ do: "settings" }]);
});
