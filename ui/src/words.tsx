/** What the page says, in the language of the person. Its sentences stand in one catalogue per language. */
import { FluentBundle, FluentResource } from "@fluent/bundle";
import { createContext } from "preact";
import { useContext } from "preact/hooks";

import german from "../../crates/notifier/words/de/page.ftl?raw";
import english from "../../crates/notifier/words/en/page.ftl?raw";
import type { SettingsView } from "./generated/SettingsView";

export type Language = SettingsView["language"];
export type Say = (key: string, about?: Record<string, string | number>) => string;

export type Words = {
  say: Say;
  /** For dates and numbers: a region of the language, where the system names one. */
  locale: string;
  language: "en" | "de";
  direction: "ltr" | "rtl";
};

export const CATALOGUES = { en: english, de: german } as const;

/** The words of a language; `system` is the first of those the system speaks that has a catalogue. */
export function wordsIn(language: Language, spoken: readonly string[]): Words {
  const known = spoken.find((locale) => base(locale) in CATALOGUES);
  const chosen = language === "system" ? ((known ? base(known) : "en") as Words["language"]) : language;
  const locale = spoken.find((locale) => base(locale) === chosen) ?? chosen;
  // Marks around each placeable would stand in names and copied text, so only text of the other direction gets them.
  const bundle = new FluentBundle(locale, { useIsolating: false });
  bundle.addResource(new FluentResource(CATALOGUES[chosen]));
  const direction = directionOf(chosen);
  return { say: (key, about) => sentence(bundle, direction, key, about), locale, language: chosen, direction };
}

/** Whether a language is written from right to left. */
export function directionOf(language: string): Words["direction"] {
  return RIGHT_TO_LEFT.has(base(language)) ? "rtl" : "ltr";
}

function sentence(
  bundle: FluentBundle,
  direction: Words["direction"],
  key: string,
  about: Record<string, string | number> = {},
): string {
  const pattern = bundle.getMessage(key)?.value;
  if (!pattern) {
    console.error(`no words for ${key}`);
    return key;
  }
  const apart = Object.entries(about).map(([name, value]) => [
    name,
    typeof value === "string" ? isolated(value, direction) : value,
  ]);
  const errors: Error[] = [];
  const text = bundle.formatPattern(pattern, Object.fromEntries(apart), errors);
  if (errors.length > 0) console.error(`${key}: ${errors.join(", ")}`);
  return text;
}

/** Keeps a name that is written in the other direction from turning the sentence around it. */
function isolated(text: string, direction: Words["direction"]): string {
  const turns = direction === "rtl" ? /\p{Script=Latin}/u.test(text) : TURNS.test(text);
  return turns ? `\u2068${text}\u2069` : text;
}

function base(locale: string): string {
  return locale.toLowerCase().split("-")[0] ?? "";
}

const RIGHT_TO_LEFT = new Set(["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"]);
const TURNS = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

const ENGLISH = wordsIn("en", ["en-GB"]);
export const WordsContext = createContext<Words>(ENGLISH);

export const useWords = (): Words => useContext(WordsContext);
