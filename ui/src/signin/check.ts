import type { Draft } from "../generated/Draft";
import { NAMES, type FieldName } from "./fields";

/**
 * Says what is wrong with a value, as the key of a sentence, or `null`.
 *
 * It catches slips before they travel; what holds is decided by Rust and the server.
 */
export function check(name: FieldName, value: string): string | null {
  const text = bare(value);
  switch (name) {
    case "public_key":
      if (text === "") return "slip-key-missing";
      if (text.startsWith("sk_")) return "slip-key-secret";
      if (!text.startsWith("pk_")) return "slip-key-other";
      return /\s/.test(text) ? "slip-key-space" : null;
    case "user_id":
      return text === "" ? "slip-user-missing" : null;
    case "feed_id":
      if (text === "") return "slip-feed-missing";
      return UUID.test(text) ? null : "slip-feed-shape";
    case "user_token":
      if (text === "") return null;
      return /\s/.test(text) ? "slip-token-space" : null;
    case "host":
      // Whether it is one is for Rust to say, which reads more than a page's URL: "knock.example.com", for one.
      return /\s/.test(text) ? "slip-host-space" : null;
  }
}

/** Every field that is wrong, from top to bottom. */
export function checkAll(draft: Draft): Array<[FieldName, string]> {
  return NAMES.flatMap((name) => {
    const wrong = check(name, draft[name]);
    return wrong === null ? [] : [[name, wrong] satisfies [FieldName, string]];
  });
}

/** The value without the white space and the quotes that copying drags along. */
export function bare(text: string): string {
  return text.replace(/^[\s"'`“”‘’\ufeff]+|[\s"'`“”‘’\ufeff]+$/g, "");
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
