import type { Connection } from "../generated/Connection";
import type { Words } from "../words";
import { clock, moment } from "./time";

/** The state in words: what it is, with the time, and what else there is to say of it, if anything. */
export type ConnectionWords = { what: string; more: string };

/** Takes the first sentence for the state and puts the time to it: `Offline since 12:03.` */
export function inWords(
  { state, words, since }: Connection,
  now: Date,
  { say, locale }: Pick<Words, "say" | "locale">,
): ConnectionWords {
  const end = words.search(/[.!?](\s|$)/);
  const what = end < 0 ? words : words.slice(0, end);
  const more = end < 0 ? "" : words.slice(end + 1).trim();
  const at = state === "offline" ? moment(since) : null;
  return { what: at === null ? what : say("since", { what, time: clock(at, now, locale) }), more };
}

/** All of it in one line, for hovering and listening. */
export function inOneLine(connection: Connection, now: Date, words: Pick<Words, "say" | "locale">): string {
  const { what, more } = inWords(connection, now, words);
  return more === "" ? what : `${what}. ${more}`;
}
