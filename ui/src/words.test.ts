import { readFileSync, readdirSync } from "node:fs";
import { FluentResource } from "@fluent/bundle";
import { expect, test, vi } from "vitest";

import { CATALOGUES, directionOf, wordsIn } from "./words";

const keysOf = (catalogue: string) => new FluentResource(catalogue).body.map((message) => message.id).toSorted();
const placeables = (catalogue: string) =>
  Object.fromEntries(
    catalogue
      .split(/^(?=[a-z][a-z0-9-]* =)/m)
      .slice(1)
      .map((message) => [message.split(" ")[0], [...new Set(message.match(/\$\w+/g))].toSorted()]),
  );

const SOURCES = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !/\.test\.|^generated|^testing/.test(path))
  .map((path) => readFileSync(`src/${path}`, "utf8"))
  .join("\n");

test("both catalogues say the same things, about the same", () => {
  expect(keysOf(CATALOGUES.de)).toEqual(keysOf(CATALOGUES.en));
  expect(placeables(CATALOGUES.de)).toEqual(placeables(CATALOGUES.en));
});

test("a catalogue has each key once, and every line of it is read", () => {
  for (const catalogue of Object.values(CATALOGUES)) {
    const written = [...catalogue.matchAll(/^([a-z][a-z0-9-]*) =/gm)].map(([, key]) => key!).toSorted();
    expect(written).toEqual([...new Set(written)]);
    expect(keysOf(catalogue)).toEqual(written);
  }
});

test("every sentence that the page asks for is there", () => {
  const keys = new Set(keysOf(CATALOGUES.en));
  const said = [
    ...SOURCES.matchAll(/\bsay\(\s*"([^"]+)"/g),
    ...SOURCES.matchAll(/\bsay\([^")]*\? "([^"]+)" : "[^"]+"/g),
    ...SOURCES.matchAll(/\bsay\([^")]*\? "[^"]+" : "([^"]+)"/g),
  ];
  expect(said.length).toBeGreaterThan(100);
  expect(said.map(([, key]) => key!).filter((key) => !keys.has(key))).toEqual([]);
});

test("no sentence is there that the page never asks for", () => {
  expect(keysOf(CATALOGUES.en).filter((key) => !SOURCES.includes(`"${key}"`))).toEqual([]);
});

test("the system's first known language is spoken, with its region", () => {
  expect(wordsIn("system", ["fr-FR", "de-AT", "en"])).toMatchObject({ language: "de", locale: "de-AT" });
  expect(wordsIn("system", ["fr"])).toMatchObject({ language: "en", locale: "en" });
  expect(wordsIn("system", [])).toMatchObject({ language: "en", locale: "en" });
});

test("a language that is set is spoken whatever the system speaks", () => {
  expect(wordsIn("de", ["en-US"]).say("undo")).toBe("Rückgängig");
  expect(wordsIn("en", ["de-DE", "en-AU"]).locale).toBe("en-AU");
});

test("numbers are written as the language does", () => {
  expect(wordsIn("de", []).say("done-of", { done: 1200, of: 4000 })).toBe("1.200 von 4.000");
  expect(wordsIn("en", []).say("selected", { count: 0 })).toBe("None selected");
});

test("a name of the other direction does not turn the sentence around it, and any other is left as it is", () => {
  const { say } = wordsIn("en", []);
  expect(say("sign-out-open-of", { user: "محمد" })).toBe("Sign out \u2068محمد\u2069…");
  expect(say("sign-out-open-of", { user: "Łukasz" })).toBe("Sign out Łukasz…");
});

test("what has no words is told to whoever builds the page", () => {
  const told = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(wordsIn("en", []).say("no-such-key")).toBe("no-such-key");
  expect(told).toHaveBeenCalledOnce();
});

test("languages written from right to left are known", () => {
  expect(["ar-EG", "he", "fa", "de", "en-GB"].map(directionOf)).toEqual(["rtl", "rtl", "rtl", "ltr", "ltr"]);
});
