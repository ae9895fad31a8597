import type { Words } from "../words";

/** How long ago, in a few letters: `now`, `5 min`, `3 h`, `2 d`, then the date. */
export function ago(at: Date, now: Date, { say, locale }: Pick<Words, "say" | "locale">): string {
  const minutes = Math.floor((now.getTime() - at.getTime()) / MINUTE);
  if (minutes < 1) return say("time-now");
  if (minutes < 60) return say("time-minutes", { n: minutes });
  if (minutes < 24 * 60) return say("time-hours", { n: Math.floor(minutes / 60) });
  if (minutes < 7 * 24 * 60) return say("time-days", { n: Math.floor(minutes / (24 * 60)) });
  const year = at.getFullYear() === now.getFullYear() ? {} : ({ year: "numeric" } as const);
  return at.toLocaleDateString(locale, { day: "numeric", month: "short", ...year });
}

/** Date and time in full. */
export function full(at: Date, locale: string): string {
  return at.toLocaleString(locale, { dateStyle: "full", timeStyle: "short" });
}

/** The time of day, with the date when that is not today. */
export function clock(at: Date, now: Date, locale: string): string {
  const time = at.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.toLocaleDateString(locale, { day: "numeric", month: "short" })}, ${time}`;
}

/** The time an RFC 3339 text means, or `null`. */
export function moment(text: string | null): Date | null {
  if (text === null) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at;
}

const MINUTE = 60_000;
