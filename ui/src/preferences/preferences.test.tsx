import { cleanup, render, screen, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";

import type { PreferencesView } from "../generated/PreferencesView";
import { recorder } from "../testing/stage";
import { preferences } from "../testing/views";
import { Preferences } from "./preferences";

afterEach(cleanup);

function stage(changes: Partial<PreferencesView> = {}, lost: string | null = null) {
  const { actions, act } = recorder();
  render(<Preferences view={preferences(changes) as PreferencesView} act={act} lost={lost} />);
  return { actions, user: userEvent.setup() };
}

test("switches stand under their kind, with names that can be read", () => {
  stage();
  const group = (name: string) => within(screen.getByRole("heading", { name }).closest("section")!);
  expect(group("Categories").getAllByRole("switch")).toHaveLength(2);
  expect(group("Workflows").getByRole<HTMLInputElement>("switch", { name: "Daily digest" }).checked).toBe(false);
  expect(group("Channels").getByRole<HTMLInputElement>("switch", { name: "In-app feed" }).checked).toBe(true);
});

test("a kind without switches has no heading", () => {
  stage({ switches: [{ kind: "workflow", key: "a", on: true, depends: false }] });
  expect(screen.queryByRole("heading", { name: "Channels" })).toBeNull();
});

test("while a change is on its way nothing is switched, and that is said", async () => {
  const { actions, user } = stage({ busy: true });
  await user.click(screen.getByRole("switch", { name: "Billing" }));
  expect(actions).toEqual([]);
  expect(screen.getByText("Saving…")).toBeTruthy();
});

test("a switch is set to what it shows afterwards", async () => {
  const { actions, user } = stage();
  await user.click(screen.getByRole("switch", { name: "Product news" }));
  expect(actions).toEqual([{ do: "set_preference", kind: "category", key: "product-news", on: true }]);
});

test("what did not reach Doorbell is told here as well", () => {
  stage({}, "That did not reach Doorbell.");
  expect(screen.getByRole("alert").textContent).toContain("That did not reach Doorbell.");
});

test("until they have come there are no switches, and none is not the same as not yet", () => {
  stage({ loaded: false, switches: [] });
  expect(screen.getByText("Fetching preferences…")).toBeTruthy();
  cleanup();
  stage({ switches: [] });
  expect(screen.getByText(/nothing to switch yet/)).toBeTruthy();
});
