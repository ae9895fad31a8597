import type { Draft } from "../generated/Draft";
import { NAMES, type FieldName } from "./fields";

/**
 * Says in words what is wrong with a value, or `null`.
 *
 * It catches slips before they travel; what holds is decided by Rust and the server.
 */
export function check(name: FieldName, value: string): string | null {
  const text = bare(value);
  switch (name) {
    case "public_key":
      if (text === "") return "Enter the public key; it starts with pk_.";
      if (text.startsWith("sk_")) return "That is a secret key. Doorbell needs the public one, which starts with pk_.";
      if (!text.startsWith("pk_")) return "A public key starts with pk_.";
      return /\s/.test(text) ? "There is a space inside the key. Copy it again, in one piece." : null;
    case "user_id":
      return text === "" ? "Enter your user id." : null;
    case "feed_id":
      if (text === "") return "Enter the id of the feed channel.";
      return UUID.test(text) ? null : "That is no channel id: five groups of letters and digits, joined by hyphens.";
    case "user_token":
      if (text === "") return null;
      return /\s/.test(text) ? "There is a space inside the token. Copy it again, in one line." : null;
    case "host":
      // Whether it is one is for Rust to say, which reads more than a page's URL: "knock.example.com", for one.
      return /\s/.test(text) ? "There is a space inside the host. Write it in one piece, such as https://api.knock.app." : null;
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
